// The messages that sockets hear (option `marquee.api.live`), worked out once at start. Immutable
// afterwards, shared by all threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/core/string_map.h"
#include "libs/transcode/api.h"
#include "libs/websocket/send_queue.h"

namespace marquee::gateway {

struct LiveType {
  const transcode::MessagePlan* message = nullptr;
  std::vector<std::string> events;  // names; at least one
  websocket::Delivery::Kind delivery = websocket::Delivery::Kind::kLog;
};

class LiveTypes {
 public:
  explicit LiveTypes(const transcode::Api& api);

  // Null: sockets do not hear messages of this type.
  const LiveType* find(std::string_view full_name) const {
    auto found = types_.find(full_name);
    return found == types_.end() ? nullptr : &found->second;
  }

 private:
  StringMap<LiveType> types_;
};

}  // namespace marquee::gateway
