// Appends JSON to a string through a raw pointer: one capacity check a value instead of one a byte.
// Owned by one call of write_reply; the string has its right size only after finish() or abandon().
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "libs/transcode/utf8.h"

namespace marquee::transcode {

class JsonSink {
 public:
  JsonSink(std::string& out, std::size_t guess) : out_(out), begin_(out.size()) {
    out_.resize(begin_ + guess);
    attach(begin_);
  }
  JsonSink(const JsonSink&) = delete;
  JsonSink& operator=(const JsonSink&) = delete;

  void finish() { out_.resize(offset()); }
  void abandon() { out_.resize(begin_); }

  // Of the next byte, from the start of the string.
  std::size_t offset() const { return static_cast<std::size_t>(cursor_ - out_.data()); }
  char& at(std::size_t offset) { return out_[offset]; }

  // Room for `size` more bytes, so that as many may be put().
  void reserve(std::size_t size) {
    if (static_cast<std::size_t>(end_ - cursor_) < size) grow(size);
  }
  void put(char byte) { *cursor_++ = byte; }
  // Copies `block` whole, of which `size` bytes count.
  template <std::size_t N>
  void put_block(const std::array<char, N>& block, std::size_t size) {
    std::memcpy(cursor_, block.data(), N);
    cursor_ += size;
  }

  void append(char byte) {
    reserve(1);
    put(byte);
  }
  void append(std::string_view text) {
    reserve(text.size());
    std::memcpy(cursor_, text.data(), text.size());
    cursor_ += text.size();
  }
  // Repeats what was written at [from, to).
  void repeat(std::size_t from, std::size_t to) {
    reserve(to - from);
    std::memcpy(cursor_, out_.data() + from, to - from);
    cursor_ += to - from;
  }

  template <typename Integer>
  void integer(Integer value) {
    reserve(24);
    cursor_ = std::to_chars(cursor_, end_, value).ptr;
  }
  // False for NaN and infinity.
  template <typename Real>
  bool real(Real value);
  // With quotes. False when it is not UTF-8.
  bool string(std::string_view text);

 private:
  void attach(std::size_t offset) {
    cursor_ = out_.data() + offset;
    end_ = out_.data() + out_.size();
  }
  [[gnu::noinline, gnu::cold]] void grow(std::size_t size) {
    std::size_t used = offset();
    out_.resize(std::max(used + size, out_.size() * 2));
    attach(used);
  }

  std::string& out_;
  std::size_t begin_;
  char* cursor_ = nullptr;
  char* end_ = nullptr;
};

template <typename Real>
bool JsonSink::real(Real value) {
  if (!std::isfinite(value)) return false;
  reserve(32);
  // Ratings, averages, percentages: few digits, for which the shortest form needs no search.
  // `digits / scale == value` says that the decimal reads back as this value; with at most 15 (6)
  // digits no other decimal that short does.
  constexpr double kMax = sizeof(Real) == 8 ? 1e12 : 1e3;
  auto wide = static_cast<double>(value);
  if (std::fabs(wide) < kMax && !(value == 0 && std::signbit(value))) {
    double scale = 1;
    for (int decimals = 0; decimals <= 3; ++decimals, scale *= 10) {
      auto digits = static_cast<std::int64_t>(wide * scale + (wide < 0 ? -0.5 : 0.5));
      if (static_cast<Real>(static_cast<double>(digits) / scale) != value) continue;
      if (digits < 0) {
        put('-');
        digits = -digits;
      }
      auto divisor = static_cast<std::int64_t>(scale);
      cursor_ = std::to_chars(cursor_, end_, digits / divisor).ptr;
      if (decimals == 0) return true;
      put('.');
      for (std::int64_t rest = digits % divisor, unit = divisor / 10; unit > 0; unit /= 10) {
        put(static_cast<char>('0' + rest / unit % 10));
      }
      return true;
    }
  }
  cursor_ = std::to_chars(cursor_, end_, value).ptr;
  return true;
}

inline bool JsonSink::string(std::string_view text) {
  constexpr std::size_t kSlack = 24;  // a block written past the text's end, an escape, two quotes
  const char* p = text.data();
  const char* const end = p + text.size();
  reserve(text.size() + kSlack);
  put('"');
  while (true) {
#ifdef __SSE2__
    while (end - p >= 16) {
      __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(cursor_), block);
      unsigned mask = special_mask(block);
      int plain = mask == 0 ? 16 : std::countr_zero(mask);
      p += plain;
      cursor_ += plain;
      if (mask != 0) break;
    }
#endif
    if (end - p >= 8) {
      std::uint64_t block = 0;
      std::memcpy(&block, p, 8);
      if (special_bits(block) == 0) {
        std::memcpy(cursor_, &block, 8);
        p += 8;
        cursor_ += 8;
      }
    }
    // The last few bytes as part of the last eight, of which the others are then written again.
    if (auto left = end - p; left > 0 && left < 8 && p - text.data() >= 8 - left) {
      std::uint64_t block = 0;
      std::memcpy(&block, end - 8, 8);
      if (special_bits(block) == 0) {
        std::memcpy(cursor_ + left - 8, &block, 8);
        cursor_ += left;
        break;
      }
    }
    while (p != end && is_plain(static_cast<unsigned char>(*p))) *cursor_++ = *p++;
    if (p == end) break;
    if (static_cast<unsigned char>(*p) >= 0x80) {
      int size = sequence_length(p, end);
      if (size == 0) return false;
      while (size-- > 0) *cursor_++ = *p++;
      continue;
    }
    reserve(static_cast<std::size_t>(end - p) + kSlack);
    put('\\');
    char byte = *p++;
    switch (byte) {
      case '"':
      case '\\':
        put(byte);
        break;
      case '\n':
        put('n');
        break;
      case '\r':
        put('r');
        break;
      case '\t':
        put('t');
        break;
      case '\b':
        put('b');
        break;
      case '\f':
        put('f');
        break;
      default:
        put('u');
        put('0');
        put('0');
        put(byte < 0x10 ? '0' : '1');
        put("0123456789abcdef"[byte & 0xf]);
    }
  }
  put('"');
  return true;
}

}  // namespace marquee::transcode
