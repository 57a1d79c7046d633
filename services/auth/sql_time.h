// Times between the service's clock and the database, which takes and gives them as microseconds
// since 1970 (from_micros, to_micros). Any thread.
#pragma once

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

inline void set_timestamp(WallTime time, google::protobuf::Timestamp& target) {
  auto count = micros(time);
  target.set_seconds(count / 1'000'000);
  target.set_nanos(static_cast<std::int32_t>(count % 1'000'000) * 1000);
}

}  // namespace marquee::auth
