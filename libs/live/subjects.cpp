#include "libs/live/subjects.h"

namespace marquee::live {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
         c == '-' || c == '_';
}

std::string subject(std::string_view prefix, std::string_view topic) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out(prefix);
  for (char c : topic) {
    if (is_plain(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('=');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

}  // namespace

std::string heard_subject(std::string_view topic) {
  return subject("live.out.", topic);
}

std::string kept_subject(std::string_view topic) {
  return subject("live.log.", topic);
}

}  // namespace marquee::live
