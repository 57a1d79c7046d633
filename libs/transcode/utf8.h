// Scanning of text for both directions: runs of plain ASCII at 16 bytes a step, and UTF-8 sequences
// by Unicode's table 3-7 (no overlong forms, no surrogates). Never reads at or behind `end`.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace marquee::transcode {

// Needs no escape in a JSON string and is a character by itself.
inline bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#ifdef __SSE2__
// One bit for each of the 16 bytes that is not plain.
inline unsigned special_mask(__m128i block) {
  // A signed comparison: bytes from 0x80 are negative.
  __m128i low = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
  __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  __m128i slash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash))));
}
#endif

// Not zero when one of the 8 bytes is not plain.
inline std::uint64_t special_bits(std::uint64_t block) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  std::uint64_t quote = block ^ (kOnes * '"');
  std::uint64_t slash = block ^ (kOnes * '\\');
  return ((block - kOnes * 0x20) | (quote - kOnes) | (slash - kOnes) | block) & kHigh;
}

// The first byte that is not plain, or `end`.
inline const char* skip_plain(const char* p, const char* end) {
#ifdef __SSE2__
  while (end - p >= 16) {
    unsigned mask = special_mask(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
#endif
  while (end - p >= 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, p, 8);
    if (special_bits(block) != 0) break;
    p += 8;
  }
  while (p != end && is_plain(static_cast<unsigned char>(*p))) ++p;
  return p;
}

// Bytes of the well-formed sequence that starts with the byte (>= 0x80) at `p`; 0 when malformed.
inline int sequence_length(const char* p, const char* end) {
  auto byte = [&](int i) { return static_cast<unsigned char>(p[i]); };
  auto tail = [&](int i) { return (byte(i) & 0xc0) == 0x80; };
  auto left = end - p;
  unsigned char lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf) return left >= 2 && tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

}  // namespace marquee::transcode
