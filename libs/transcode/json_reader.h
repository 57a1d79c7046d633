// A strict RFC 8259 tokenizer over memory: no DOM, no copies but of escaped strings. The caller
// walks the text and says what it expects; what it does not want it skips, validated all the same.
//
//   JsonReader in(text, 32);
//   in.open_object();
//   for (std::string_view name; in.next_member(name);) in.skip_value();
//   if (in.finish()) ...
//
// Security posture: hostile bytes. Depth is bounded by the caller, recursion only in skip_value();
// every string must be UTF-8, every escape complete, surrogates paired. After the first failure
// nothing more is read and every call fails. One reader belongs to one call.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace marquee::transcode {

enum class JsonType { kObject, kArray, kString, kNumber, kBool, kNull, kInvalid };

enum class JsonFault { kNone, kMalformed, kInvalidUtf8, kTooDeep };

class JsonReader {
 public:
  // `text` outlives the reader.
  JsonReader(std::string_view text, int depth_max)
      : begin_(text.data()), p_(begin_), end_(begin_ + text.size()), depth_left_(depth_max) {}

  // Of the value that comes next; kInvalid is a failure.
  JsonType peek() {
    if (failed()) return JsonType::kInvalid;
    skip_blanks();
    if (p_ == end_) return no_value();
    JsonType type = kTypes[static_cast<unsigned char>(*p_)];
    return type == JsonType::kInvalid ? no_value() : type;
  }

  // Behind the opening bracket; the first next_*() follows.
  bool open_object();
  bool open_array();
  // True: stands before the member's value. False: the object is closed, or failed. `name` is valid
  // until the next call.
  bool next_member(std::string_view& name);
  bool next_element();

  // `raw` is what stands between the quotes, checked; `escaped` says that unescape() changes it.
  bool read_string(std::string_view& raw, bool& escaped);
  bool read_number(std::string_view& text);
  bool read_bool(bool& value);
  bool read_null();
  // Any value; `text` is exactly its characters.
  bool skip_value(std::string_view* text = nullptr);
  // True when nothing but white space is left.
  bool finish();

  bool failed() const { return fault_ != JsonFault::kNone; }
  JsonFault fault() const { return fault_; }
  // What went wrong, for people: "expected ':'"; and where, in bytes from the start.
  const char* what() const { return what_; }
  std::size_t position() const { return static_cast<std::size_t>(p_ - begin_); }

 private:
  // By a value's first character.
  static constexpr std::array<JsonType, 256> kTypes = [] {
    std::array<JsonType, 256> types{};
    types.fill(JsonType::kInvalid);
    types['{'] = JsonType::kObject;
    types['['] = JsonType::kArray;
    types['"'] = JsonType::kString;
    types['t'] = types['f'] = JsonType::kBool;
    types['n'] = JsonType::kNull;
    types['-'] = JsonType::kNumber;
    for (unsigned char digit = '0'; digit <= '9'; ++digit) types[digit] = JsonType::kNumber;
    return types;
  }();

  void skip_blanks() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
  }
  JsonType no_value();
  bool fail(JsonFault fault, const char* what);
  bool malformed(const char* what) { return fail(JsonFault::kMalformed, what); }
  bool open(char bracket, const char* what);
  bool close();
  bool literal(std::string_view word);
  bool check_escape();
  bool check_unicode_escape();

  const char* begin_;
  const char* p_;
  const char* end_;
  int depth_left_;
  bool first_ = false;  // right behind an opening bracket
  JsonFault fault_ = JsonFault::kNone;
  const char* what_ = "";
  std::string name_;
};

// Appends the characters that a checked raw string stands for.
void unescape(std::string_view raw, std::string& out);

// The length of the JSON number that `text` starts with; 0 when it starts with none.
std::size_t number_length(std::string_view text);

// Whether `text` is one JSON value within white space, nested at most `depth_max` levels.
bool is_json(std::string_view text, int depth_max);

}  // namespace marquee::transcode
