// How many calls one core lets into one upstream at a time, so that an overloaded suite answers as
// many as it can in good time and refuses the rest at once, instead of letting all wait.
//
// The limit follows what is measured (AIMD, as TCP's congestion window; the signal is CoDel's, RFC
// 8289): when even the fastest answer of a window of 100 ms took longer than kStandingTimes times
// what an unhurried one takes, and kStandingMin more, a queue stands somewhere and the limit falls
// by a tenth; when the limit was met and no queue stood, it rises. Slow calls among fast ones do
// not count as a queue.
//
// One core's own; no locks.
#pragma once

#include <chrono>
#include <cstdint>

namespace marquee::gateway {

class Admission {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // What is let in last, and what first: sign-in and administration may use room that others may
  // not.
  enum class Importance : std::uint8_t { kUsual, kHigh };

  static constexpr int kLimitMin = 128;
  static constexpr std::chrono::milliseconds kWindow{100};
  static constexpr std::chrono::milliseconds kStandingMin{250};
  static constexpr int kStandingTimes = 4;

  // Begins with `limit_max`, which is never exceeded whatever is measured.
  explicit Admission(int limit_max);

  // False: refuse the call. True: ended() must be called for it.
  bool admit(Importance importance, Time now);
  // `answered`: by the service, in `took`; else the call says nothing about its speed.
  void ended(bool answered, Duration took, Time now);

  int in_flight() const { return in_flight_; }
  int limit() const { return static_cast<int>(limit_); }

 private:
  void close_window(Time now);

  const int limit_max_;
  double limit_;
  int in_flight_ = 0;
  // Of the current window:
  Time window_ends_{};
  Duration fastest_{Duration::max()};
  int most_in_flight_ = 0;
  // What a call takes when nothing waits: the fastest windows' fastest, forgotten slowly.
  Duration unhurried_{Duration::max()};
};

}  // namespace marquee::gateway
