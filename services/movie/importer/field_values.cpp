#include "services/movie/importer/field_values.h"

#include <charconv>
#include <chrono>
#include <cmath>

#include "services/movie/importer/csv_table.h"

namespace marquee::movie::importer {
namespace {

constexpr std::int64_t kTimestampMax = 4'102'444'800;  // 2100-01-01
constexpr int kRuntimeMax = 6000;
constexpr int kYearMin = 1850;
constexpr int kYearMax = 2200;
constexpr std::size_t kShownMax = 60;

[[noreturn]] void bad(const char* column, std::string_view text, const char* reason) {
  // Cut where a character begins.
  std::size_t shown = std::min(text.size(), kShownMax);
  while (shown < text.size() && shown > 0 && (text[shown] & 0xc0) == 0x80) --shown;
  throw BadRow{std::string(column) + " " + reason + ": \"" + std::string(text.substr(0, shown)) +
               (shown < text.size() ? "..." : "") + "\""};
}

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::string> text_or_nothing(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

std::string required_text(std::string_view text, const char* column, std::size_t bytes_max) {
  text = trimmed(text);
  if (text.empty()) throw BadRow{std::string(column) + " is empty"};
  if (text.size() > bytes_max) {
    throw BadRow{std::string(column) + " is longer than " + std::to_string(bytes_max) + " bytes"};
  }
  return std::string(text);
}

std::int64_t id_value(std::string_view text, const char* column) {
  auto value = parse<std::int64_t>(trimmed(text));
  if (!value || *value < 1) bad(column, text, "is not a positive number");
  return *value;
}

std::optional<std::int64_t> optional_id(std::string_view text, const char* column) {
  if (trimmed(text).empty()) return std::nullopt;
  return id_value(text, column);
}

std::optional<double> number_value(std::string_view text, const char* column) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  auto value = parse<double>(text);
  if (!value || !std::isfinite(*value)) bad(column, text, "is not a number");
  return value;
}

int half_stars_value(std::string_view text, const char* column) {
  auto stars = parse<double>(trimmed(text));
  if (!stars || !(*stars >= 0.5 && *stars <= 5) || *stars * 2 != std::floor(*stars * 2)) {
    bad(column, text, "is not 0.5 to 5 in half steps");
  }
  return static_cast<int>(*stars * 2);
}

std::int64_t timestamp_value(std::string_view text, const char* column) {
  auto value = parse<std::int64_t>(trimmed(text));
  if (!value || *value < 0 || *value > kTimestampMax) {
    bad(column, text, "is not a time in seconds since 1970");
  }
  return *value;
}

std::optional<int> runtime_value(std::string_view text, const char* column) {
  auto minutes = number_value(text, column);
  if (!minutes || *minutes == 0) return std::nullopt;
  if (*minutes < 0 || *minutes > kRuntimeMax) bad(column, text, "is not 0 to 6000 minutes");
  return static_cast<int>(std::lround(*minutes));
}

std::optional<std::string> date_value(std::string_view text, const char* column) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
  auto year = shaped ? parse<int>(text.substr(0, 4)) : std::nullopt;
  auto month = shaped ? parse<unsigned>(text.substr(5, 2)) : std::nullopt;
  auto day = shaped ? parse<unsigned>(text.substr(8, 2)) : std::nullopt;
  if (!year || !month || !day || *year < kYearMin || *year > kYearMax ||
      !std::chrono::year_month_day(std::chrono::year(*year), std::chrono::month(*month),
                                   std::chrono::day(*day))
           .ok()) {
    bad(column, text, "is not a date as in 1995-11-22");
  }
  return std::string(text);
}

int year_value(std::string_view text, const char* column) {
  auto year = parse<int>(trimmed(text));
  if (!year || *year < kYearMin || *year > kYearMax) bad(column, text, "is not a year");
  return *year;
}

int year_of(std::string_view date) {
  return parse<int>(date.substr(0, 4)).value_or(0);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto bar = std::min(text.find('|'), text.size());
    auto part = trimmed(text.substr(0, bar));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return parts;
}

}  // namespace marquee::movie::importer
