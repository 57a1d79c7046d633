// The target of a request line (RFC 9112, 3.2) taken apart. Hostile input: any bytes; nothing is
// decoded here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace marquee::gateway {

inline constexpr std::size_t kTargetBytesMax = 8192;

struct Target {
  std::string_view path;   // "/api/movies", never empty; "*" for the asterisk form
  std::string_view query;  // without '?'
  std::string_view host;   // of an absolute target, else empty
};

enum class TargetError : std::uint8_t { kNone, kTooLong, kMalformed };

// Takes "/path?query", "http://host/path?query" and, for OPTIONS alone, "*". Views into `text`.
TargetError parse_target(std::string_view method, std::string_view text, Target& target);

// A Link header's value for the next page: `target` with its cursor replaced. Empty when there is
// no `next_cursor`.
std::string next_page_link(const Target& target, std::string_view next_cursor);

}  // namespace marquee::gateway
