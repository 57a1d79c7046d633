// Tells the services that keep a presence book (libs/presence/keeper.h) who has joined which topic
// on this gateway. The hub says each joining and leaving of a socket; what is sent of it, and when,
// is the Roster's (libs/presence/roster.h).
//
//   presence::Reporter presence(bus, gateway_id);
//   presence.joined("chat:NEWS", identity.user_id, connection);  // user 0: nobody signed in
//   presence.left("chat:NEWS", identity.user_id, connection);    // also when the socket closes
//
// Owned by the gateway, beside its bus; goes before the bus does, and says that all have left. Has
// a thread of its own. Any thread may call, none waits: a call takes a lock for a moment.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "libs/bus/bus.h"
#include "libs/presence/roster.h"

namespace marquee::presence {

inline constexpr char kReportSubject[] = "presence.report";
inline constexpr char kAskSubject[] = "presence.ask";

class Reporter {
 public:
  // `instance`: a name that no other process has, nor a later one (random_uuid()).
  Reporter(bus::Bus& bus, std::string instance, RosterSettings settings = {});
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // A socket has joined the topic: once, until it has left. `user`: 0 when nobody is signed in;
  // then the socket is counted by `connection`, a number that no other one of this process has.
  void joined(std::string_view topic, std::int64_t user, std::uint64_t connection);
  // It has left: with the same arguments.
  void left(std::string_view topic, std::int64_t user, std::uint64_t connection);

 private:
  void run();
  void asked(std::string_view payload);

  bus::Bus& bus_;
  const std::string instance_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Roster roster_;
  Time wakes_at_;  // when the thread looks again by itself
  bool closing_ = false;
  bus::Subscription asks_;
  std::thread thread_;
};

}  // namespace marquee::presence
