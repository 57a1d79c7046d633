#include "libs/transcode/base64.h"

#include <cstdint>

namespace marquee::transcode {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

void append_base64(std::string_view bytes, std::string& out) {
  std::uint32_t bits = 0;
  int held = 0;
  for (char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (held += 8; held >= 6; held -= 6) out += kAlphabet[(bits >> (held - 6)) & 63];
  }
  if (held == 0) return;
  out += kAlphabet[(bits << (6 - held)) & 63];
  out.append(held == 2 ? "==" : "=");
}

bool decode_base64(std::string_view text, std::string& out) {
  if (text.size() % 4 == 0) {
    for (int pads = 0; pads < 2 && text.ends_with('='); ++pads) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return false;
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    int value = digit(c);
    if (value < 0) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 0xff);
  }
  // Left-over bits that are not zero would make two texts of the same bytes.
  return (bits & ((1u << held) - 1)) == 0;
}

}  // namespace marquee::transcode
