#include "libs/transcode/json_reader.h"

#include <cstdint>
#include <cstring>

#include "libs/transcode/utf8.h"

namespace marquee::transcode {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// -1 for anything else.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four digits at `p`; -1 when they are not.
int hex_unit(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    int digit = hex_digit(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_code_point(std::uint32_t code, std::string& out) {
  auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  auto tail = [&](int shift) { put(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    put(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

bool JsonReader::fail(JsonFault fault, const char* what) {
  if (failed()) return false;
  fault_ = fault;
  what_ = what;
  return false;
}

JsonType JsonReader::no_value() {
  malformed(p_ == end_ ? "unexpected end" : "expected a value");
  return JsonType::kInvalid;
}

bool JsonReader::open(char bracket, const char* what) {
  if (failed()) return false;
  skip_blanks();
  if (p_ == end_ || *p_ != bracket) return malformed(what);
  if (depth_left_ == 0) return fail(JsonFault::kTooDeep, "nested too deep");
  --depth_left_;
  ++p_;
  first_ = true;
  return true;
}

bool JsonReader::open_object() {
  return open('{', "expected '{'");
}
bool JsonReader::open_array() {
  return open('[', "expected '['");
}

bool JsonReader::close() {
  ++p_;
  ++depth_left_;
  first_ = false;
  return false;
}

bool JsonReader::next_member(std::string_view& name) {
  if (failed()) return false;
  skip_blanks();
  if (p_ == end_) return malformed("unexpected end");
  if (*p_ == '}') return close();
  if (!first_) {
    if (*p_ != ',') return malformed("expected ',' or '}'");
    ++p_;
    skip_blanks();
  }
  first_ = false;
  if (p_ == end_) return malformed("unexpected end");
  if (*p_ != '"') return malformed("expected a name in quotes");
  bool escaped = false;
  if (!read_string(name, escaped)) return false;
  if (escaped) {
    name_.clear();
    unescape(name, name_);
    name = name_;
  }
  skip_blanks();
  if (p_ == end_) return malformed("unexpected end");
  if (*p_ != ':') return malformed("expected ':'");
  ++p_;
  return true;
}

bool JsonReader::next_element() {
  if (failed()) return false;
  skip_blanks();
  if (p_ == end_) return malformed("unexpected end");
  if (*p_ == ']') return close();
  if (!first_) {
    if (*p_ != ',') return malformed("expected ',' or ']'");
    ++p_;
  }
  first_ = false;
  return true;
}

bool JsonReader::read_string(std::string_view& raw, bool& escaped) {
  if (peek() != JsonType::kString) return malformed("expected a string");
  const char* start = ++p_;
  escaped = false;
  while (true) {
    p_ = skip_plain(p_, end_);
    if (p_ == end_) return malformed("unexpected end");
    auto byte = static_cast<unsigned char>(*p_);
    if (byte == '"') break;
    if (byte == '\\') {
      escaped = true;
      if (!check_escape()) return false;
    } else if (byte < 0x20) {
      return malformed("control character in a string");
    } else {
      int size = sequence_length(p_, end_);
      if (size == 0) return fail(JsonFault::kInvalidUtf8, "invalid UTF-8");
      p_ += size;
    }
  }
  raw = {start, static_cast<std::size_t>(p_ - start)};
  ++p_;
  return true;
}

bool JsonReader::check_escape() {
  if (end_ - p_ < 2) return malformed("unexpected end");
  switch (p_[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      p_ += 2;
      return true;
    case 'u':
      return check_unicode_escape();
    default:
      return malformed("invalid escape");
  }
}

bool JsonReader::check_unicode_escape() {
  int unit = hex_unit(p_ + 2, end_);
  if (unit < 0) return malformed("invalid escape");
  if (unit >= 0xdc00 && unit <= 0xdfff) {
    return fail(JsonFault::kInvalidUtf8, "unpaired surrogate");
  }
  if (unit >= 0xd800 && unit <= 0xdbff) {
    bool pair = end_ - p_ >= 12 && p_[6] == '\\' && p_[7] == 'u';
    int low = pair ? hex_unit(p_ + 8, end_) : -1;
    if (low < 0xdc00 || low > 0xdfff) return fail(JsonFault::kInvalidUtf8, "unpaired surrogate");
    p_ += 6;
  }
  p_ += 6;
  return true;
}

bool JsonReader::read_number(std::string_view& text) {
  if (peek() != JsonType::kNumber) return malformed("expected a number");
  std::size_t size = number_length({p_, static_cast<std::size_t>(end_ - p_)});
  if (size == 0) return malformed("invalid number");
  text = {p_, size};
  p_ += size;
  return true;
}

bool JsonReader::literal(std::string_view word) {
  if (!std::string_view(p_, static_cast<std::size_t>(end_ - p_)).starts_with(word)) {
    return malformed("expected a value");
  }
  p_ += word.size();
  return true;
}

bool JsonReader::read_bool(bool& value) {
  if (peek() != JsonType::kBool) return malformed("expected true or false");
  value = *p_ == 't';
  return literal(value ? "true" : "false");
}

bool JsonReader::read_null() {
  if (peek() != JsonType::kNull) return malformed("expected null");
  return literal("null");
}

bool JsonReader::skip_value(std::string_view* text) {
  std::string_view token;
  bool flag = false;
  JsonType type = peek();
  const char* start = p_;
  switch (type) {
    case JsonType::kObject:
      if (!open_object()) return false;
      while (next_member(token)) skip_value();
      break;
    case JsonType::kArray:
      if (!open_array()) return false;
      while (next_element()) skip_value();
      break;
    case JsonType::kString:
      read_string(token, flag);
      break;
    case JsonType::kNumber:
      read_number(token);
      break;
    case JsonType::kBool:
      read_bool(flag);
      break;
    case JsonType::kNull:
      read_null();
      break;
    case JsonType::kInvalid:
      break;
  }
  if (text != nullptr) *text = {start, static_cast<std::size_t>(p_ - start)};
  return !failed();
}

bool JsonReader::finish() {
  if (failed()) return false;
  skip_blanks();
  return p_ == end_ || malformed("unexpected text behind the value");
}

void unescape(std::string_view raw, std::string& out) {
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p != end) {
    const void* slash = std::memchr(p, '\\', static_cast<std::size_t>(end - p));
    const char* stop = slash == nullptr ? end : static_cast<const char*>(slash);
    out.append(p, stop);
    if (stop == end) return;
    p = stop + 2;
    switch (stop[1]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        auto code = static_cast<std::uint32_t>(hex_unit(p, end));
        p += 4;
        if (code >= 0xd800 && code <= 0xdbff) {
          auto low = static_cast<std::uint32_t>(hex_unit(p + 2, end));
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          p += 6;
        }
        append_code_point(code, out);
        break;
      }
      default:
        out += stop[1];
    }
  }
}

std::size_t number_length(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  auto digits = [&] {
    const char* start = p;
    while (p != end && is_digit(*p)) ++p;
    return p != start;
  };
  if (p != end && *p == '-') ++p;
  if (p == end || !is_digit(*p)) return 0;
  if (*p == '0') {
    ++p;
    if (p != end && is_digit(*p)) return 0;
  } else {
    digits();
  }
  if (p != end && *p == '.') {
    ++p;
    if (!digits()) return 0;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return 0;
  }
  return static_cast<std::size_t>(p - text.data());
}

bool is_json(std::string_view text, int depth_max) {
  JsonReader in(text, depth_max);
  return in.skip_value() && in.finish();
}

}  // namespace marquee::transcode
