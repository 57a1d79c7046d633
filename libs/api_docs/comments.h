// What the comments of the .proto files say, for people and for the documents made of them.
//
// A field's comment is prose with a few fixed turns, and from those its limits are read:
//
//   Required.                 a request without it is refused
//   0.5-5                     a number's range          1-150 characters   a text's length
//   At most 2,000 characters  a text's length           At most 500        a list's length
//   From 1                    a number's least value    Default 20, at most 100
//   YYYY-MM-DD                a day                     http or https      an address
//   "tt0114709", such as 81   a value to show as example: the first one counts
//   null                      (of a message) may be null in an answer
//
// An RPC's comment names its errors by status and text: 400 "Rating is required"; 404 "Movie not
// found". Stateless; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace marquee::api_docs {

// Paragraphs and list items stay apart, lines are joined.
std::string joined_lines(std::string_view comment);

// The comment in front of a declaration, else the one behind it.
template <typename Descriptor>
std::string comment_of(const Descriptor& descriptor) {
  google::protobuf::SourceLocation place;
  if (!descriptor.GetSourceLocation(&place)) return {};
  std::string text = joined_lines(place.leading_comments);
  return text.empty() ? joined_lines(place.trailing_comments) : text;
}

// Up to the end of the first sentence, without its full stop.
std::string first_sentence(std::string_view comment);

struct FieldFacts {
  bool required = false;
  bool may_be_null = false;
  bool is_date = false;
  bool is_url = false;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<double> default_value;
  std::optional<std::size_t> characters_min;
  std::optional<std::size_t> characters_max;
  std::optional<std::size_t> items_max;
  std::optional<std::string> example;
};

FieldFacts facts_of(std::string_view comment);

struct ErrorNote {
  unsigned status = 0;
  std::vector<std::string> messages;  // as a client reads them; may be none
};

// One for each status that `comment` names, in order of first mention.
std::vector<ErrorNote> errors_in(std::string_view comment);

}  // namespace marquee::api_docs
