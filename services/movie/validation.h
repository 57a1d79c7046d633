// Checks of what clients send, shared by the handlers. Each throws INVALID_ARGUMENT with the
// field's name, or gathers into Violations. Texts come back trimmed. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/error.h"
#include "libs/core/text.h"

namespace marquee::movie {

// Adds a violation when `text` is longer than `max` characters or holds NUL.
void check_text(Violations& bad, const std::string& field, std::string_view text, std::size_t max);
// "" passes: it clears the field.
void check_url(Violations& bad, const std::string& field, std::string_view url);
// A day of the calendar as YYYY-MM-DD; "" passes.
void check_date(Violations& bad, const std::string& field, std::string_view date);
// Splits at commas; names trimmed, empty and repeated (in any case) ones dropped, in order.
std::vector<std::string> check_names(Violations& bad, const std::string& field,
                                     std::string_view list, std::size_t max_names);

// Throws "Missing required field: <field>".
[[noreturn]] void missing_field(const std::string& field);

// One page of a list.
struct Page {
  std::int64_t limit = 0;
  std::int64_t offset = 0;  // 0 with a cursor
};
// `limit` 0 means `default_limit`, more than `max_limit` means that; `page` counts from 1, 0
// means 1. Throws for negative numbers and an offset over 100,000.
Page check_page(std::int64_t limit, std::int64_t page, bool has_cursor, std::int64_t default_limit,
                std::int64_t max_limit);

}  // namespace marquee::movie
