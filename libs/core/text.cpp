#include "libs/core/text.h"

#include <algorithm>
#include <array>

namespace marquee {
namespace {

// U+0085, U+00A0, U+1680, U+2000-200B, U+2028, U+2029, U+202F, U+205F, U+2060, U+3000, U+FEFF.
constexpr std::array<std::string_view, 22> kWideBlanks = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\x8B", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
    "\xE2\x81\x9F", "\xE2\x81\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF"};

bool ascii_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t blank_at_start(std::string_view text) {
  if (text.empty()) return 0;
  if (ascii_blank(text.front())) return 1;
  for (auto blank : kWideBlanks) {
    if (text.substr(0, blank.size()) == blank) return blank.size();
  }
  return 0;
}

std::size_t blank_at_end(std::string_view text) {
  if (text.empty()) return 0;
  if (ascii_blank(text.back())) return 1;
  for (auto blank : kWideBlanks) {
    if (text.size() >= blank.size() && text.substr(text.size() - blank.size()) == blank) {
      return blank.size();
    }
  }
  return 0;
}

}  // namespace

std::string trimmed(std::string_view text) {
  while (std::size_t blank = blank_at_start(text)) text.remove_prefix(blank);
  while (std::size_t blank = blank_at_end(text)) text.remove_suffix(blank);
  return std::string(text);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace marquee
