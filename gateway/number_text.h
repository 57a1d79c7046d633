// Whole numbers into text without a string in between.
#pragma once

#include <charconv>
#include <concepts>
#include <string>

namespace marquee::gateway {

template <std::integral Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.append(digits, end);
}

}  // namespace marquee::gateway
