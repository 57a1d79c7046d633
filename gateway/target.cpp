#include "gateway/target.h"

namespace marquee::gateway {
namespace {

bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_escaped(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out += '%';
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// What could end the <...> of a Link header early is escaped.
void append_link_text(std::string& out, std::string_view text) {
  for (unsigned char c : text) {
    if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' || c == '\\') {
      append_escaped(out, c);
    } else {
      out += static_cast<char>(c);
    }
  }
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  if (text.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c != scheme[i]) return false;
  }
  return true;
}

}  // namespace

TargetError parse_target(std::string_view method, std::string_view text, Target& target) {
  if (text.size() > kTargetBytesMax) return TargetError::kTooLong;
  if (text.empty()) return TargetError::kMalformed;
  for (unsigned char c : text) {
    if (c <= ' ' || c == 0x7f || c == '#') return TargetError::kMalformed;
  }
  if (text == "*") {
    if (method != "OPTIONS") return TargetError::kMalformed;
    target.path = text;
    return TargetError::kNone;
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_scheme(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    auto end = text.find_first_of("/?");
    target.host = text.substr(0, end);
    if (target.host.empty() || target.host.find('@') != std::string_view::npos) {
      return TargetError::kMalformed;
    }
    text = end == std::string_view::npos ? "/" : text.substr(end);
    if (text.front() == '?') {
      target.path = "/";
      target.query = text.substr(1);
      return TargetError::kNone;
    }
    break;
  }
  if (text.front() != '/') return TargetError::kMalformed;
  auto question = text.find('?');
  target.path = text.substr(0, question);
  if (question != std::string_view::npos) target.query = text.substr(question + 1);
  return TargetError::kNone;
}

std::string next_page_link(const Target& target, std::string_view next_cursor) {
  std::string link;
  if (next_cursor.empty()) return link;
  link += '<';
  append_link_text(link, target.path);
  char separator = '?';
  std::string_view rest = target.query;
  while (!rest.empty()) {
    auto end = rest.find('&');
    std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty() || pair.substr(0, pair.find('=')) == "cursor") continue;
    link += separator;
    append_link_text(link, pair);
    separator = '&';
  }
  link += separator;
  link += "cursor=";
  for (unsigned char c : next_cursor) {
    if (is_unreserved(c)) {
      link += static_cast<char>(c);
    } else {
      append_escaped(link, c);
    }
  }
  link += ">; rel=\"next\"";
  return link;
}

}  // namespace marquee::gateway
