// Texts with places for values: "Hello {{name}}". A value is never looked through for places again.
// Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace marquee::mail {

using Values = std::map<std::string, std::string, std::less<>>;

// Throws std::logic_error for a place that has no value, or one that does not end.
std::string fill_template(std::string_view text, const Values& values);

// So that it is text in HTML, also within an attribute's quotes.
std::string escape_html(std::string_view text);

}  // namespace marquee::mail
