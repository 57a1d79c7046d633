#include "libs/transcode/timestamp.h"

#include <string>

#include "tests/catch.h"

namespace marquee::transcode {
namespace {

std::string format(std::int64_t seconds, std::int32_t nanos) {
  char text[kTimestampTextMax];
  return {text, format_timestamp({seconds, nanos}, text)};
}

std::string parse(std::string_view text) {
  Instant instant;
  if (!parse_timestamp(text, instant)) return "bad";
  return std::to_string(instant.seconds) + '.' + std::to_string(instant.nanos);
}

TEST_CASE("date-times are written in UTC with the fraction they need") {
  CHECK(format(0, 0) == "1970-01-01T00:00:00Z");
  CHECK(format(1709209800, 0) == "2024-02-29T12:30:00Z");
  CHECK(format(1709209800, 500'000'000) == "2024-02-29T12:30:00.500Z");
  CHECK(format(1709209800, 1'000) == "2024-02-29T12:30:00.000001Z");
  CHECK(format(1709209800, 123'456'789) == "2024-02-29T12:30:00.123456789Z");
  CHECK(format(-1, 0) == "1969-12-31T23:59:59Z");
  CHECK(format(-62'135'596'800, 0) == "0001-01-01T00:00:00Z");
  CHECK(format(253'402'300'799, 0) == "9999-12-31T23:59:59Z");
  CHECK(format(-62'135'596'801, 0).empty());
  CHECK(format(253'402'300'800, 0).empty());
  CHECK(format(0, -1).empty());
  CHECK(format(0, 1'000'000'000).empty());
}

TEST_CASE("date-times are read in every form of RFC 3339") {
  CHECK(parse("1970-01-01T00:00:00Z") == "0.0");
  CHECK(parse("2024-02-29t12:30:00z") == "1709209800.0");
  CHECK(parse("2024-02-29 12:30:00.5Z") == "1709209800.500000000");
  CHECK(parse("2024-02-29T14:30:00+02:00") == "1709209800.0");
  CHECK(parse("2024-02-29T07:00:00-05:30") == "1709209800.0");
  CHECK(parse("1970-01-01T00:00:00.1234567899Z") == "0.123456789");
}

TEST_CASE("anything else is no date-time") {
  for (const char* text :
       {"", "2024-02-29", "2024-02-29T12:30Z", "2024-02-29T12:30:00", "2023-02-29T12:30:00Z",
        "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00Z ", "2024-01-01T00:00:00+2:00", "2024-01-01T00:00:00+24:00",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
        "x024-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(parse(text) == "bad");
  }
}

}  // namespace
}  // namespace marquee::transcode
