#include "libs/socket_io/placeholders.h"

#include <charconv>

namespace marquee::socket_io {

using transcode::JsonReader;
using transcode::JsonType;

bool Placeholders::skip_value(JsonReader& in) {
  // Without attachments an object that looks like a placeholder is one that nobody can fill: what
  // it means is the receiver's affair, and there is nothing to look for.
  if (seen_.empty()) return in.skip_value();
  switch (in.peek()) {
    case JsonType::kObject:
      return skip_object(in);
    case JsonType::kArray:
      if (!in.open_array()) return false;
      while (in.next_element()) {
        if (!skip_value(in)) return false;
      }
      return !in.failed();
    default:
      return in.skip_value();
  }
}

bool Placeholders::skip_object(JsonReader& in) {
  if (!in.open_object()) return false;
  bool marked = false;
  std::string_view number;
  for (std::string_view name; in.next_member(name);) {
    if (name == "_placeholder" && in.peek() == JsonType::kBool) {
      if (!in.read_bool(marked)) return false;
    } else if (name == "num" && in.peek() == JsonType::kNumber) {
      if (!in.read_number(number)) return false;
    } else if (!skip_value(in)) {
      return false;
    }
  }
  if (in.failed()) return false;
  return !marked || mark(number);
}

bool Placeholders::mark(std::string_view number) {
  std::size_t index = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc{} || end != number.data() + number.size()) return false;
  if (index >= seen_.size() || seen_[index]) return false;
  seen_[index] = true;
  ++found_;
  return true;
}

}  // namespace marquee::socket_io
