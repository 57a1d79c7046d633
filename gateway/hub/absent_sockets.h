// Sockets whose connection broke, kept for a while so that they can come back to their place: who
// they were, what they had joined, from where they have missed something. Known by a secret that
// the client was given (Socket.IO's `pid`). Bounded: the oldest give way. Owned by the gateway; any
// thread.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hub/socket_client.h"
#include "libs/core/string_map.h"

namespace marquee::gateway {

struct AbsentSocket {
  AbsentSocket() = default;  // no aggregate: coroutines return it
  std::string sid;
  std::int64_t user_id = 0;  // 0: nobody
  std::vector<std::string> topics;
  std::string epoch;  // of the offset that the client brings
};

class AbsentSockets {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kKept{120};
  static constexpr std::size_t kMax = 20'000;

  void add(std::string pid, AbsentSocket socket, Time now);
  // Takes it out.
  std::optional<AbsentSocket> take(std::string_view pid, Time now);

 private:
  struct Entry {
    std::string pid;
    AbsentSocket socket;
    Time until;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // oldest first
  StringMap<std::list<Entry>::iterator> by_pid_;
};

}  // namespace marquee::gateway
