// Single values of import files, read strictly: each throws BadRow, naming the column, for what
// does not fit. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::movie::importer {

// Without white space at both ends.
std::string_view trimmed(std::string_view text);
// Nothing when empty.
std::optional<std::string> text_or_nothing(std::string_view text);
// At most `bytes_max`, with at least one character.
std::string required_text(std::string_view text, const char* column, std::size_t bytes_max);

// A whole number from 1 up.
std::int64_t id_value(std::string_view text, const char* column);
std::optional<std::int64_t> optional_id(std::string_view text, const char* column);
// A finite number, nothing when empty.
std::optional<double> number_value(std::string_view text, const char* column);
// "0.5" ... "5.0" stars as 1 ... 10 half stars.
int half_stars_value(std::string_view text, const char* column);
// Seconds since 1970, up to the year 2100.
std::int64_t timestamp_value(std::string_view text, const char* column);
// Minutes; nothing when empty or 0.
std::optional<int> runtime_value(std::string_view text, const char* column);
// A calendar date "1995-11-22", returned as it is; nothing when empty.
std::optional<std::string> date_value(std::string_view text, const char* column);
// A year from 1850 to 2200.
int year_value(std::string_view text, const char* column);
int year_of(std::string_view date);

// The non-empty trimmed parts of "a|b|c".
std::vector<std::string> split_list(std::string_view text);

}  // namespace marquee::movie::importer
