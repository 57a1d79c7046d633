// What services do with texts that people type. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace marquee {

// Without blanks (Unicode's too) at both ends.
std::string trimmed(std::string_view text);
// Code points; `text` is UTF-8.
std::size_t characters(std::string_view text);

}  // namespace marquee
