#include "libs/paging/cursor.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "libs/core/error.h"
#include "libs/core/ids.h"

namespace marquee::paging {
namespace {

constexpr std::size_t kCursorBytesMax = 512;

Error invalid_cursor() {
  return Error::invalid("invalid_cursor", "Invalid cursor").field("cursor", "Invalid cursor");
}

}  // namespace

std::string encode_cursor(std::string_view kind, const std::vector<std::int64_t>& values) {
  std::string text(kind);
  for (auto value : values) text += ':' + std::to_string(value);
  return base64url_encode(text);
}

std::vector<std::int64_t> decode_cursor(std::string_view kind, std::string_view cursor,
                                        std::size_t count) {
  std::string text;
  if (cursor.size() > kCursorBytesMax || !base64url_decode(cursor, text)) throw invalid_cursor();
  if (text.compare(0, kind.size(), kind) != 0) throw invalid_cursor();
  std::vector<std::int64_t> values;
  const char* at = text.data() + kind.size();
  const char* end = text.data() + text.size();
  while (at != end) {
    if (*at != ':') throw invalid_cursor();
    std::int64_t value = 0;
    auto [next, error] = std::from_chars(at + 1, end, value);
    if (error != std::errc()) throw invalid_cursor();
    values.push_back(value);
    at = next;
  }
  if (values.size() != count) throw invalid_cursor();
  return values;
}

std::vector<std::int64_t> decode_time_cursor(std::string_view kind, std::string_view cursor) {
  auto values = decode_cursor(kind, cursor, 2);
  if (values[0] < 0 || values[0] > kBeyondTimeUs) throw invalid_cursor();
  return values;
}

std::int64_t cursor_bits(double value) {
  return std::bit_cast<std::int64_t>(value);
}

double cursor_double(std::int64_t bits) {
  double value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) throw invalid_cursor();
  return value;
}

}  // namespace marquee::paging
