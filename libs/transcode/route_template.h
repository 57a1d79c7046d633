// Path templates of google.api.http: "/api/movies/{id}/reviews", "/files/{path=**}".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace marquee::transcode {

struct TemplateSegment {
  enum class Kind { kLiteral, kVariable, kRest } kind = Kind::kLiteral;
  std::string text;  // the literal, or the name of the variable's field
};

// A final slash is a final empty literal. Throws std::runtime_error saying what is wrong: no slash
// at the start, an empty segment, a wildcard other than a whole "{name}" or a last "{name=**}".
std::vector<TemplateSegment> parse_template(std::string_view path);

// "/a/b/" -> "a", "b", "": the views are into `path`, which starts with a slash.
std::vector<std::string_view> split_path(std::string_view path);

}  // namespace marquee::transcode
