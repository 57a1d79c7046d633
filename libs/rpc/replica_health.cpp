#include "libs/rpc/replica_health.h"

#include <algorithm>
#include <utility>

namespace marquee::rpc {
namespace {

constexpr std::chrono::seconds kEjectionFirst{1};
constexpr int kDoublingsMax = 3;
constexpr double kWeightMin = 0.05;
// A slow answer counts sooner than a fast one.
constexpr double kRise = 0.2;
constexpr double kFall = 0.05;
// One slow answer must not keep a replica idle for long.
constexpr double kFade = 0.5;

}  // namespace

bool ReplicaHealth::call_failed(Time now) {
  if (++failures_ < kFailuresMax || ejected(now)) return false;
  failures_ = 0;
  ejected_until_ = now + kEjectionFirst * (1 << std::min(ejections_, kDoublingsMax));
  returned_at_ = ejected_until_;
  ++ejections_;
  return true;
}

bool ReplicaHealth::ping_unanswered() {
  return !std::exchange(silent_, true);
}

void ReplicaHealth::ping_answered(Time now) {
  if (!std::exchange(silent_, false)) return;
  returned_at_ = std::max(now, ejected_until_);
}

void ReplicaHealth::call_succeeded(Duration took) {
  failures_ = 0;
  ejections_ = 0;
  latency_is_fresh_ = true;
  const double seconds = std::chrono::duration<double>(took).count();
  latency_s_ += (seconds - latency_s_) * (seconds > latency_s_ ? kRise : kFall);
}

void ReplicaHealth::fade() {
  if (!std::exchange(latency_is_fresh_, false)) latency_s_ *= kFade;
}

double ReplicaHealth::weight(Time now) const {
  if (returned_at_ == Time{} || now >= returned_at_ + kReturnTime) return 1;
  if (now <= returned_at_) return kWeightMin;
  const std::chrono::duration<double> since = now - returned_at_;
  return std::max(kWeightMin, since / kReturnTime);
}

}  // namespace marquee::rpc
