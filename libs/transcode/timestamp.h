// google.protobuf.Timestamp as RFC 3339 text. Years 1 to 9999, as protobuf defines it.
#pragma once

#include <cstdint>
#include <string_view>

namespace marquee::transcode {

struct Instant {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00:00Z
  std::int32_t nanos = 0;    // 0 to 999,999,999
};

inline constexpr std::size_t kTimestampTextMax = 30;  // "2024-02-29T12:30:00.123456789Z"

// Writes UTC with "Z" and 0, 3, 6 or 9 digits of fraction; returns the number of bytes, 0 when out
// of range. `text` has room for kTimestampTextMax.
std::size_t format_timestamp(const Instant& instant, char* text);

// "2024-02-29T12:30:00.5+02:00"; "t", "z" and a blank between date and time are taken as well;
// digits behind the ninth of the fraction are dropped. False when malformed or out of range.
bool parse_timestamp(std::string_view text, Instant& instant);

}  // namespace marquee::transcode
