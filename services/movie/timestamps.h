// Times of the database (microseconds since 1970) as protobuf has them.
#pragma once

#include <cstdint>

#include "google/protobuf/timestamp.pb.h"

namespace marquee::movie {

inline void set_time(google::protobuf::Timestamp& target, std::int64_t microseconds) {
  target.set_seconds(microseconds / 1'000'000);
  target.set_nanos(static_cast<std::int32_t>(microseconds % 1'000'000) * 1'000);
}

}  // namespace marquee::movie
