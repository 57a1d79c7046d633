#include "services/movie/validation.h"

#include <algorithm>
#include <cctype>
#include <chrono>

namespace marquee::movie {
namespace {

constexpr std::size_t kUrlCharactersMax = 2'000;
constexpr std::size_t kNameCharactersMax = 200;
constexpr std::int64_t kOffsetMax = 100'000;

std::string lower_ascii(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool calendar_day(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return false;
  auto number = [&](std::size_t from, std::size_t digits) {
    int value = 0;
    for (std::size_t i = from; i < from + digits; ++i) {
      if (date[i] < '0' || date[i] > '9') return -1;
      value = value * 10 + (date[i] - '0');
    }
    return value;
  };
  int year = number(0, 4);
  int month = number(5, 2);
  int day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool web_address(std::string_view url) {
  std::string lower = lower_ascii(std::string(url.substr(0, 8)));
  std::size_t scheme = 0;
  if (lower.rfind("https://", 0) == 0) {
    scheme = 8;
  } else if (lower.rfind("http://", 0) == 0) {
    scheme = 7;
  }
  if (scheme == 0 || url.size() == scheme) return false;
  char first = url[scheme];
  if (first == '/' || first == '?' || first == '#' || first == ':') return false;
  return std::none_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '"' || c == '<' || c == '>' ||
           c == '\\';
  });
}

}  // namespace

void check_text(Violations& bad, const std::string& field, std::string_view text, std::size_t max) {
  if (text.find('\0') != std::string_view::npos) {
    bad.add(field, "Null characters are not allowed.");
  } else if (characters(text) > max) {
    bad.add(field, "Ensure this field has no more than " + std::to_string(max) + " characters.");
  }
}

void check_url(Violations& bad, const std::string& field, std::string_view url) {
  if (url.empty()) return;
  if (!web_address(url)) {
    bad.add(field, "Enter a valid URL.");
  } else {
    check_text(bad, field, url, kUrlCharactersMax);
  }
}

void check_date(Violations& bad, const std::string& field, std::string_view date) {
  if (!date.empty() && !calendar_day(date)) {
    bad.add(field, "Date has wrong format. Use YYYY-MM-DD.");
  }
}

std::vector<std::string> check_names(Violations& bad, const std::string& field,
                                     std::string_view list, std::size_t max_names) {
  std::vector<std::string> names;
  std::vector<std::string> seen;
  while (!list.empty()) {
    auto comma = list.find(',');
    std::string name = trimmed(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    if (name.empty()) continue;
    std::string key = lower_ascii(name);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    if (names.size() == max_names) {
      bad.add(field, "Ensure this field has no more than " + std::to_string(max_names) + " names.");
      return names;
    }
    check_text(bad, field, name, kNameCharactersMax);
    seen.push_back(std::move(key));
    names.push_back(std::move(name));
  }
  return names;
}

void missing_field(const std::string& field) {
  throw Error::invalid("missing_field", "Missing required field: " + field)
      .field(field, "This field is required.");
}

Page check_page(std::int64_t limit, std::int64_t page, bool has_cursor, std::int64_t default_limit,
                std::int64_t max_limit) {
  Violations bad;
  if (limit < 0) bad.add("limit", "limit must not be negative");
  if (page < 0) bad.add("page", "page must not be negative");
  bad.check();
  Page result;
  result.limit = limit == 0 ? default_limit : std::min(limit, max_limit);
  if (has_cursor || page == 0) return result;
  if (page - 1 > kOffsetMax / result.limit) {
    bad.add("page", "page is too far; use the cursor");
    bad.check();
  }
  result.offset = (page - 1) * result.limit;
  return result;
}

}  // namespace marquee::movie
