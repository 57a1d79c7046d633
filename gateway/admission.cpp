#include "gateway/admission.h"

#include <algorithm>

namespace marquee::gateway {
namespace {

constexpr double kFall = 0.9;
constexpr double kRise = 1.05;
// Room above the limit for what is important.
constexpr double kHighRoom = 1.5;
// A window: what was unhurried once may no longer be (a larger table, a slower machine).
constexpr double kForget = 1.005;

}  // namespace

Admission::Admission(int limit_max)
    : limit_max_(std::max(limit_max, kLimitMin)), limit_(limit_max_) {}

bool Admission::admit(Importance importance, Time now) {
  if (now >= window_ends_) close_window(now);
  const double room = importance == Importance::kHigh
                          ? std::min<double>(limit_ * kHighRoom + kLimitMin, limit_max_)
                          : limit_;
  // What was wanted counts, so that a limit that refuses can rise.
  most_in_flight_ = std::max(most_in_flight_, in_flight_ + 1);
  if (in_flight_ + 1 > room) return false;
  ++in_flight_;
  return true;
}

void Admission::ended(bool answered, Duration took, Time now) {
  --in_flight_;
  if (answered) fastest_ = std::min(fastest_, took);
  if (now >= window_ends_) close_window(now);
}

void Admission::close_window(Time now) {
  if (fastest_ != Duration::max()) {
    if (unhurried_ == Duration::max()) unhurried_ = fastest_;
    const bool queue_stands =
        fastest_ > unhurried_ * kStandingTimes && fastest_ > unhurried_ + kStandingMin;
    if (queue_stands) {
      // From what was in flight: a limit that nobody meets says nothing.
      limit_ = std::max<double>(std::min<double>(limit_, most_in_flight_) * kFall, kLimitMin);
    } else if (most_in_flight_ >= limit_) {
      limit_ = std::min<double>(std::max(limit_ * kRise, limit_ + 1), limit_max_);
    }
    auto forgotten = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double, Duration::period>(unhurried_) * kForget);
    unhurried_ = std::min(fastest_, std::max(forgotten, unhurried_ + Duration(1)));
  }
  fastest_ = Duration::max();
  most_in_flight_ = in_flight_;
  window_ends_ = now + kWindow;
}

}  // namespace marquee::gateway
