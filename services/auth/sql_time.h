// Times between the service's clock and the database, which takes and gives them as microseconds
// since 1970 (from_micros, to_micros). Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <google/protobuf/timestamp.pb.h>

#include "libs/core/clock.h"

namespace marquee::auth {

inline std::int64_t micros(WallTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

inline WallTime from_micros(std::int64_t count) {
  return WallTime(std::chrono::microseconds(count));
}

// What lies outside 1970 to 2242 becomes the nearer end.
inline WallTime read_timestamp(const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kSecondsMax = std::int64_t{1} << 33;
  std::int64_t seconds = std::clamp<std::int64_t>(time.seconds(), 0, kSecondsMax);
  return from_micros(seconds * 1'000'000 + time.nanos() / 1000);
}

inline void set_timestamp(WallTime time, google::protobuf::Timestamp& target) {
  auto count = micros(time);
  target.set_seconds(count / 1'000'000);
  target.set_nanos(static_cast<std::int32_t>(count % 1'000'000) * 1000);
}

}  // namespace marquee::auth
