// A mail and its wire form (RFC 5322, MIME): text and HTML as alternatives, ASCII lines with CRLF.
// Whatever the fields hold, it stays in its place: control characters in texts become blanks, other
// characters are encoded, and an address or header that could break out of its line is refused.
// Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/clock.h"

namespace marquee::mail {

struct Address {
  std::string name;  // may be empty
  std::string email;
};

struct Message {
  std::string id;  // names the mail for ever: letters, digits, '-', '.' and '_'
  Address from;
  Address to;
  WallTime date;
  std::string subject;
  std::string text;
  std::string html;
  // Further ones, as they are written; ASCII.
  std::vector<std::pair<std::string, std::string>> headers;
};

// Whether mail can go there: local@domain in printable ASCII without blanks, quotes and brackets.
bool is_address(std::string_view email);

// Throws Error INVALID_ARGUMENT for an address, id or header that cannot be written.
std::string encode(const Message& message);

// A header's text: folded where it is long, as encoded words (RFC 2047) where it is not plain
// ASCII. `column`: where in the line it begins.
std::string encode_text(std::string_view text, std::size_t column);
std::string quoted_printable(std::string_view text);

}  // namespace marquee::mail
