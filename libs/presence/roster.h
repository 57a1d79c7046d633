// Who has joined which topic on one gateway, and what to tell others of it: changes gathered for a
// moment into diffs, a heartbeat when there are none, a snapshot when somebody asks. A user is told
// once, however many sockets it has there. No clock, no bus: time is passed in, messages are
// handed out (libs/presence/reporter.h sends them). One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "marquee/api/presence.pb.h"

namespace marquee::presence {

using Time = std::chrono::steady_clock::time_point;

struct RosterSettings {
  // How long changes are gathered, and how often snapshots may be asked for.
  std::chrono::milliseconds gather{100};
  // The longest silence.
  std::chrono::milliseconds heartbeat{5'000};
  // Of one message, about.
  std::size_t report_bytes_max = 256 << 10;
};

class Roster {
 public:
  // `instance`: a name that no other process has, nor a later one.
  explicit Roster(std::string instance, RosterSettings settings = {});

  // A socket is in the topic from now on. `user` 0: nobody signed in, counted by `connection`, a
  // number that no other socket of this process has. A topic of more than 128 bytes is not told of.
  void joined(std::string_view topic, std::int64_t user, std::uint64_t connection, Time now);
  // Once for each joined(), with the same arguments.
  void left(std::string_view topic, std::int64_t user, std::uint64_t connection, Time now);
  // Somebody wants a snapshot.
  void asked(Time now);

  // What is to be sent by now, in this order; empty most times.
  std::vector<api::PresenceReport> due(Time now);
  // When due() has something next, if nothing happens before.
  Time next() const;
  // The last report: the process ends.
  api::PresenceReport farewell() const;

 private:
  struct Topic {
    std::unordered_map<std::int64_t, std::uint32_t> users;    // to their sockets
    std::unordered_map<std::uint64_t, std::uint32_t> guests;  // to their joins
  };
  // What is different from what was told: to whether it is a member now.
  struct Unsaid {
    std::map<std::int64_t, bool> users;
    std::map<std::uint64_t, bool> guests;
  };
  void changed(Time now);
  void add_diffs(std::vector<api::PresenceReport>& reports);
  void add_snapshot(std::vector<api::PresenceReport>& reports) const;
  api::PresenceReport report() const;

  const std::string instance_;
  const RosterSettings settings_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::map<std::string, Unsaid, std::less<>> unsaid_;
  std::uint64_t version_ = 0;
  bool has_changed_ = false;
  bool is_asked_ = false;
  Time change_due_;
  Time snapshot_due_;
  Time heartbeat_due_;  // the beginning of time: at once
};

}  // namespace marquee::presence
