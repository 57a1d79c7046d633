// How many calls may be made once more: a fifth of all, so that a service in trouble does not get
// more calls than one that is well; and a few always, so that a quiet service's may. One thread.
#pragma once

#include <algorithm>
#include <chrono>

namespace marquee::rpc {

class RetryBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RetryBudget(Time now) : refilled_at_(now) {}

  void call_made() { tokens_ = std::min(tokens_ + kPerCall, kTokensMax); }
  // True when one more may be made now; it is counted.
  bool take(Time now) {
    const std::chrono::duration<double> since = now - refilled_at_;
    refilled_at_ = now;
    if (tokens_ < kAlways) tokens_ = std::min(kAlways, tokens_ + since.count());
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  static constexpr double kPerCall = 0.2;
  static constexpr double kAlways = 10;  // and one more a second up to that
  static constexpr double kTokensMax = 1'000;

  double tokens_ = kAlways;
  Time refilled_at_;
};

}  // namespace marquee::rpc
