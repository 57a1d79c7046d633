// The text of JSON's numbers and strings. Each function writes at `w` and returns the byte behind
// what it wrote; null says that the value has no JSON form.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "libs/transcode/json_sink.h"
#include "libs/transcode/utf8.h"

namespace marquee::transcode {

inline constexpr std::size_t kNumberTextMax = 32;  // room for put_integer and put_real

// "00" to "99".
inline constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// `value` is below 100.
inline char* put_pair(char* w, unsigned value) {
  std::memcpy(w, &kDigitPairs[2 * static_cast<std::size_t>(value)], 2);
  return w + 2;
}

inline char* put_text(char* w, std::string_view text) {
  std::memcpy(w, text.data(), text.size());
  return w + text.size();
}

inline char* put_unsigned(char* w, std::uint64_t value) {
  if (value >= 10'000) return std::to_chars(w, w + kNumberTextMax, value).ptr;
  auto small = static_cast<unsigned>(value);
  if (small >= 100) {
    unsigned high = small / 100;
    if (high >= 10) {
      w = put_pair(w, high);
    } else {
      *w++ = static_cast<char>('0' + high);
    }
    return put_pair(w, small % 100);
  }
  if (small >= 10) return put_pair(w, small);
  *w = static_cast<char>('0' + small);
  return w + 1;
}

template <typename Integer>
char* put_integer(char* w, Integer value) {
  if constexpr (std::is_signed_v<Integer>) {
    if (value < 0) {
      *w++ = '-';
      return put_unsigned(w, 0 - static_cast<std::uint64_t>(value));
    }
  }
  return put_unsigned(w, static_cast<std::uint64_t>(value));
}

// Writes `value` when it has at most kDecimals decimals, of which the last is not 0; else null.
// `digits / scale == value` says that the decimal reads back as this value; with at most 15 (6)
// digits no other decimal that short does.
template <unsigned kScale, typename Real>
char* put_decimals(char* w, Real value, double size) {
  constexpr double kHalf = 0.5;  // to the nearest: `size` is not negative
  auto digits = static_cast<std::uint64_t>(size * kScale + kHalf);
  if (static_cast<Real>(static_cast<double>(digits) / kScale) != static_cast<Real>(size)) {
    return nullptr;
  }
  if (value < 0) *w++ = '-';
  w = put_unsigned(w, digits / kScale);
  auto rest = static_cast<unsigned>(digits % kScale);
  if constexpr (kScale > 1) *w++ = '.';
  if constexpr (kScale == 1000) {
    *w++ = static_cast<char>('0' + rest / 100);
    rest %= 100;
  }
  if constexpr (kScale >= 100) return put_pair(w, rest);
  if constexpr (kScale == 10) *w++ = static_cast<char>('0' + rest);
  return w;
}

// The shortest decimal that reads back as `value`. Null for NaN and infinity.
template <typename Real>
char* put_real(char* w, Real value) {
  if (!std::isfinite(value)) return nullptr;
  // Ratings, averages, percentages: few digits, for which the shortest form needs no search.
  constexpr double kSizeMax = sizeof(Real) == 8 ? 1e12 : 1e3;
  double size = std::fabs(static_cast<double>(value));
  if (size < kSizeMax && !(value == 0 && std::signbit(value))) {
    if (char* end = put_decimals<1>(w, value, size)) return end;
    if (char* end = put_decimals<10>(w, value, size)) return end;
    if (char* end = put_decimals<100>(w, value, size)) return end;
    if (char* end = put_decimals<1000>(w, value, size)) return end;
  }
  return std::to_chars(w, w + kNumberTextMax, value).ptr;
}

// The rest [p, end) of a string with the closing quote: whatever needs a second look.
char* put_string_rest(JsonSink& sink, char* w, const char* p, const char* end);

// With quotes. Null when it is not UTF-8. Memory can be read up to `limit`, which may be behind the
// end of the text.
inline char* put_string(JsonSink& sink, char* w, std::string_view text, const char* limit) {
  constexpr std::size_t kBlock = 16;
  w = sink.room(w, text.size() + kBlock + 2);
  *w++ = '"';
  const char* p = text.data();
  const char* const end = p + text.size();
#ifdef __SSE2__
  for (; limit - p >= static_cast<std::ptrdiff_t>(kBlock); p += kBlock, w += kBlock) {
    __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(w), block);
    unsigned mask = special_mask(block);
    auto left = static_cast<std::size_t>(end - p);
    if (left <= kBlock) {
      if ((mask & ((1u << left) - 1)) != 0) break;
      w += left;
      *w = '"';
      return w + 1;
    }
    if (mask != 0) break;
  }
#else
  static_cast<void>(limit);
#endif
  return put_string_rest(sink, w, p, end);
}

}  // namespace marquee::transcode
