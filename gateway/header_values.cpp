#include "gateway/header_values.h"

#include <cctype>

namespace marquee::gateway {
namespace {

constexpr std::string_view kGzipSuffix = "-gzip";

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Takes the next element of a list off `rest`.
std::string_view next_element(std::string_view& rest, char separator) {
  auto end = rest.find(separator);
  std::string_view element = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trim(element);
}

bool has_zero_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = next_element(parameters, ';');
    if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer";
  if (authorization.size() <= kScheme.size() || authorization[kScheme.size()] != ' ' ||
      !equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  return trim(authorization.substr(kScheme.size() + 1));
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    std::string_view cookie = next_element(cookies, ';');
    auto equals = cookie.find('=');
    if (equals == std::string_view::npos || trim(cookie.substr(0, equals)) != name) continue;
    std::string_view value = trim(cookie.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool star = false;
  while (!accept_encoding.empty()) {
    std::string_view element = next_element(accept_encoding, ',');
    auto semicolon = element.find(';');
    std::string_view coding = trim(element.substr(0, semicolon));
    bool wanted =
        semicolon == std::string_view::npos || !has_zero_weight(element.substr(semicolon + 1));
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) {
      return wanted;
    }
    if (coding == "*") star = wanted;
  }
  return star;
}

bool is_json(std::string_view content_type) {
  std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  if (trim(content_type).empty() || equals_ignoring_case(type, "application/json")) return true;
  constexpr std::string_view kTree = "application/";
  constexpr std::string_view kSuffix = "+json";
  return type.size() > kTree.size() + kSuffix.size() &&
         equals_ignoring_case(type.substr(0, kTree.size()), kTree) &&
         equals_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix);
}

bool names_etag(std::string_view if_none_match, std::string_view tag) {
  while (!if_none_match.empty()) {
    std::string_view element = next_element(if_none_match, ',');
    if (element == "*") return true;
    if (element.size() > 2 && element.substr(0, 2) == "W/") element.remove_prefix(2);
    if (element.size() < 2 || element.front() != '"' || element.back() != '"') continue;
    element = element.substr(1, element.size() - 2);
    if (element == tag) return true;
    if (element.size() == tag.size() + kGzipSuffix.size() && element.substr(0, tag.size()) == tag &&
        element.substr(tag.size()) == kGzipSuffix) {
      return true;
    }
  }
  return false;
}

}  // namespace marquee::gateway
