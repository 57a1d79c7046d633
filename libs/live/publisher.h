// Says something to all sockets that have joined a topic, on every gateway. The message's type
// carries the option `marquee.api.live` (proto/marquee/api/event.proto): the names of the event and
// how it is delivered.
//
// For what is true already: publish after the commit. It is heard at most once and lost when the
// bus is away or elects a leader (then gateways tell sockets to read again), or the service dies
// within a millisecond or so, unless it waits with settle(); what must be known afterwards is a
// durable event (libs/events) too.
//
//   live.publish("movie:17", new_review);
//
// Owned by a service, beside its bus. Any thread.
#pragma once

#include <string_view>

#include <google/protobuf/message.h>

#include "libs/bus/bus.h"

namespace marquee::live {

class Publisher {
 public:
  explicit Publisher(bus::Bus& bus) : bus_(bus) {}

  // Throws std::logic_error for a type without the option. An empty topic, or one of more than
  // kTopicBytesMax, is heard by nobody.
  void publish(std::string_view topic, const google::protobuf::Message& message);
  // Returns when the bus has what was published, or is away. Blocks, shortly.
  void settle();

 private:
  bus::Bus& bus_;
};

}  // namespace marquee::live
