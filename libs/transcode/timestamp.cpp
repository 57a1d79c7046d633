#include "libs/transcode/timestamp.h"

#include <chrono>

#include "libs/transcode/json_text.h"

namespace marquee::transcode {
namespace {

constexpr std::int64_t kSecondsMin = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::int64_t kDay = 86'400;

// The three digits of a value below 1000.
char* put_triple(char* p, unsigned value) {
  *p = static_cast<char>('0' + value / 100);
  return put_pair(p + 1, value % 100);
}

char* put_fraction(char* p, unsigned nanos) {
  *p++ = '.';
  p = put_triple(p, nanos / 1'000'000);
  if (nanos % 1'000'000 == 0) return p;
  p = put_triple(p, nanos / 1'000 % 1'000);
  if (nanos % 1'000 == 0) return p;
  return put_triple(p, nanos % 1'000);
}

// Takes exactly `count` digits off the front.
bool take_digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool take_fraction(std::string_view& text, std::int32_t& nanos) {
  std::int32_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    nanos += (text[digits] - '0') * unit;
    unit /= 10;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_offset(std::string_view& text, std::int64_t& seconds) {
  if (take(text, "Zz")) return true;
  bool east = text.starts_with('+');
  int hours = 0;
  int minutes = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours) || !take(text, ":") ||
      !take_digits(text, 2, minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  std::int64_t distance = (std::int64_t{hours} * 60 + minutes) * 60;
  seconds = east ? -distance : distance;
  return true;
}

}  // namespace

std::size_t format_timestamp(const Instant& instant, char* text) {
  if (instant.seconds < kSecondsMin || instant.seconds > kSecondsMax || instant.nanos < 0 ||
      instant.nanos > 999'999'999) {
    return 0;
  }
  std::int64_t days = instant.seconds / kDay - (instant.seconds % kDay < 0 ? 1 : 0);
  auto of_day = static_cast<unsigned>(instant.seconds - days * kDay);
  std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  char* p = put_pair(put_pair(text, year / 100), year % 100);
  *p++ = '-';
  p = put_pair(p, static_cast<unsigned>(date.month()));
  *p++ = '-';
  p = put_pair(p, static_cast<unsigned>(date.day()));
  *p++ = 'T';
  p = put_pair(p, of_day / 3600);
  *p++ = ':';
  p = put_pair(p, of_day / 60 % 60);
  *p++ = ':';
  p = put_pair(p, of_day % 60);
  if (instant.nanos != 0) p = put_fraction(p, static_cast<unsigned>(instant.nanos));
  *p++ = 'Z';
  return static_cast<std::size_t>(p - text);
}

bool parse_timestamp(std::string_view text, Instant& instant) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_digits(text, 4, year) || !take(text, "-") || !take_digits(text, 2, month) ||
      !take(text, "-") || !take_digits(text, 2, day) || !take(text, "Tt ") ||
      !take_digits(text, 2, hour) || !take(text, ":") || !take_digits(text, 2, minute) ||
      !take(text, ":") || !take_digits(text, 2, second)) {
    return false;
  }
  std::chrono::year_month_day date{std::chrono::year{year},
                                   std::chrono::month{static_cast<unsigned>(month)},
                                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
  std::int32_t nanos = 0;
  if (take(text, ".") && !take_fraction(text, nanos)) return false;
  std::int64_t offset = 0;
  if (!take_offset(text, offset) || !text.empty()) return false;
  std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  std::int64_t of_day = (std::int64_t{hour} * 60 + minute) * 60 + second;
  instant = {days * kDay + of_day + offset, nanos};
  return instant.seconds >= kSecondsMin && instant.seconds <= kSecondsMax;
}

}  // namespace marquee::transcode
