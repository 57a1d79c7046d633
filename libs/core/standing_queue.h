// Whether what has waited long is to be refused, so that under too much load those who are answered
// are answered in good time, and the rest is told at once instead of being served when it has given
// up. A burst is let through: only where a queue stands are those refused who waited longer than
// `wait_max`. It stands when for a window of kWindow even the luckiest waited more than half of
// that, and until for a window nobody waited longer than `wait_max`.
// (CoDel's signal, RFC 8289; the rule for server queues from B. Maurer, "Fail at Scale", ACM Queue
// 13(8), 2015.) Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <limits>

namespace marquee::core {

class StandingQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  static constexpr std::chrono::milliseconds kWindow{100};

  // `wait_max` zero: nothing is ever refused.
  explicit StandingQueue(Duration wait_max) : wait_max_(wait_max) {}

  // One that is taken from the queue at `now`, having been `waited` in it; in about the order of
  // `now`. True: refuse it.
  bool refuses(Duration waited, Time now);

 private:
  static constexpr Duration::rep kNone = std::numeric_limits<Duration::rep>::max();

  const Duration wait_max_;
  std::atomic<Time::rep> window_ends_{0};
  std::atomic<Duration::rep> luckiest_{kNone};  // of the window
  std::atomic<bool> too_long_{false};
  std::atomic<bool> stands_{false};  // in the window before
};

}  // namespace marquee::core
