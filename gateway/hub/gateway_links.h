// Gateways ask each other over the bus: a question goes to the gateway that an instance names, its
// answer comes back to the coroutine that asked. A gateway that is not there is noticed at once.
// Owned by the gateway; asking is for I/O threads, questions of others are handed out on a thread
// of the bus.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/abort.h"
#include "gateway/asio.h"
#include "libs/bus/bus.h"
#include "libs/websocket/loop.h"

namespace marquee::api {
class GatewayAnswer;
class GatewayQuestion;
}  // namespace marquee::api

namespace marquee::gateway {

class GatewayLinks {
 public:
  using Question = marquee::api::GatewayQuestion;
  using Answer = marquee::api::GatewayAnswer;
  // `reply_to`: where the answer goes, by answer().
  using Serve = std::function<void(const Question& question, const std::string& reply_to)>;

  explicit GatewayLinks(std::string instance);
  ~GatewayLinks();

  // `bus` outlives it; null: there are no others.
  void start(bus::Bus* bus, Serve serve);
  // Whoever waits gets nothing.
  void stop();

  // Whether `text` can be the name of a gateway, another than this.
  bool names_other(std::string_view text) const;

  // Nothing when that gateway is not there, or says nothing for `patience`. When `abort` fires it
  // returns nothing, and a poll's gateway is told.
  net::awaitable<std::optional<Answer>> ask(std::string instance, Question question,
                                            websocket::Loop& loop,
                                            std::chrono::milliseconds patience, Abort* abort);
  // What needs no answer. From any thread, as answer().
  void tell(std::string_view instance, const Question& question);
  void answer(const std::string& reply_to, const Answer& answer);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace marquee::gateway
