#include "libs/transcode/route_template.h"

#include <algorithm>
#include <stdexcept>

namespace marquee::transcode {
namespace {

[[noreturn]] void reject(std::string_view path, const char* why) {
  throw std::runtime_error("path \"" + std::string(path) + "\": " + why);
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

TemplateSegment parse_segment(std::string_view path, std::string_view text, bool last) {
  using Kind = TemplateSegment::Kind;
  if (text.find_first_of("{}*") == std::string_view::npos) {
    return {Kind::kLiteral, std::string(text)};
  }
  if (!text.starts_with('{') || !text.ends_with('}')) {
    reject(path, "a variable is a whole segment");
  }
  std::string_view name = text.substr(1, text.size() - 2);
  std::string_view pattern = "*";
  if (std::size_t equals = name.find('='); equals != std::string_view::npos) {
    pattern = name.substr(equals + 1);
    name = name.substr(0, equals);
  }
  if (!is_name(name)) reject(path, "a variable names a field of the request");
  if (pattern == "*") return {Kind::kVariable, std::string(name)};
  if (pattern != "**") reject(path, "a variable takes one segment, or ** for the rest");
  if (!last) reject(path, "** takes the rest of the path");
  return {Kind::kRest, std::string(name)};
}

}  // namespace

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t start = 1;;) {
    std::size_t slash = path.find('/', start);
    if (slash == std::string_view::npos) {
      segments.push_back(path.substr(start));
      return segments;
    }
    segments.push_back(path.substr(start, slash - start));
    start = slash + 1;
  }
}

std::vector<TemplateSegment> parse_template(std::string_view path) {
  if (!path.starts_with('/')) reject(path, "starts without a slash");
  std::vector<TemplateSegment> segments;
  std::vector<std::string_view> texts = split_path(path);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bool last = i + 1 == texts.size();
    if (texts[i].empty() && !last) reject(path, "has an empty segment");
    segments.push_back(parse_segment(path, texts[i], last));
  }
  return segments;
}

}  // namespace marquee::transcode
