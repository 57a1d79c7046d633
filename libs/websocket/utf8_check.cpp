#include "libs/websocket/utf8_check.h"

#include <cstring>

namespace marquee::websocket {
namespace {

const char* skip_ascii(const char* p, const char* end) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  while (end - p >= 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, p, sizeof block);
    if ((block & kHighBits) != 0) break;
    p += sizeof block;
  }
  while (p != end && static_cast<unsigned char>(*p) < 0x80) ++p;
  return p;
}

}  // namespace

bool Utf8Check::lead(unsigned char byte) {
  low_ = 0x80;
  high_ = 0xbf;
  if (byte >= 0xc2 && byte <= 0xdf) {
    missing_ = 1;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    missing_ = 2;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    missing_ = 3;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  } else {
    return false;
  }
  return true;
}

bool Utf8Check::feed(std::string_view piece) {
  const char* p = piece.data();
  const char* const end = p + piece.size();
  while (p != end) {
    if (missing_ == 0) {
      p = skip_ascii(p, end);
      if (p == end) return true;
      if (!lead(static_cast<unsigned char>(*p++))) return false;
      continue;
    }
    auto byte = static_cast<unsigned char>(*p++);
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xbf;
    --missing_;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.feed(text) && check.complete();
}

}  // namespace marquee::websocket
