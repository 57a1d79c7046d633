// Whether text that comes in pieces is UTF-8 (Unicode's table 3-7: no overlong forms, no
// surrogates). Says so at the first byte that cannot be right. Owned by a message reader.
#pragma once

#include <cstdint>
#include <string_view>

namespace marquee::websocket {

class Utf8Check {
 public:
  // False: it is none, whatever follows.
  bool feed(std::string_view piece);
  // Whether it may end here.
  bool complete() const { return missing_ == 0; }
  void reset() { missing_ = 0; }

 private:
  bool lead(unsigned char byte);

  std::uint8_t missing_ = 0;  // bytes of the character that was begun
  std::uint8_t low_ = 0x80;   // bounds of the next of them
  std::uint8_t high_ = 0xbf;
};

bool is_utf8(std::string_view text);

}  // namespace marquee::websocket
