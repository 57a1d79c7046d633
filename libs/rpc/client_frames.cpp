#include "libs/rpc/client_frames.h"

namespace marquee::rpc {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr std::uint32_t tag(std::uint32_t field, WireType type) {
  return field << 3 | type;
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value > 127; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value > 127; value >>= 7) ++size;
  return size;
}

// Fields below 16, so a tag is one byte. Empty and zero are not written, as proto3 has it.
std::size_t text_size(std::string_view text) {
  return text.empty() ? 0 : 1 + varint_size(text.size()) + text.size();
}

std::size_t number_size(std::uint64_t number) {
  return number == 0 ? 0 : 1 + varint_size(number);
}

void append_text(std::string& out, std::uint32_t field, std::string_view text) {
  if (text.empty()) return;
  out += static_cast<char>(tag(field, kBytes));
  append_varint(out, text.size());
  out += text;
}

void append_number(std::string& out, std::uint32_t field, std::uint64_t number) {
  if (number == 0) return;
  out += static_cast<char>(tag(field, kVarint));
  append_varint(out, number);
}

bool read_varint(std::string_view& rest, std::uint64_t& value) {
  constexpr std::size_t kBytesMax = 10;
  value = 0;
  for (std::size_t i = 0; i < rest.size() && i < kBytesMax; ++i) {
    auto byte = static_cast<unsigned char>(rest[i]);
    value |= static_cast<std::uint64_t>(byte & 127) << (7 * i);
    if (byte < 128) {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

struct Field {
  std::uint32_t tag = 0;
  std::uint64_t number = 0;
  std::string_view bytes;
};

bool take(std::string_view& rest, std::size_t size, std::string_view& taken) {
  if (size > rest.size()) return false;
  taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

// Groups are refused: nothing that this side knows ever had one.
bool read_field(std::string_view& rest, Field& field) {
  std::uint64_t tag_value = 0;
  if (!read_varint(rest, tag_value) || tag_value > 0xffffffff || tag_value >> 3 == 0) return false;
  field.tag = static_cast<std::uint32_t>(tag_value);
  std::uint64_t size = 0;
  switch (field.tag & 7) {
    case kVarint:
      return read_varint(rest, field.number);
    case kBytes:
      return read_varint(rest, size) && size <= rest.size() && take(rest, size, field.bytes);
    case kFixed64:
      return take(rest, 8, field.bytes);
    case kFixed32:
      return take(rest, 4, field.bytes);
    default:
      return false;
  }
}

bool read_hello(std::string_view bytes, HelloFrame& hello) {
  Field field;
  while (!bytes.empty()) {
    if (!read_field(bytes, field)) return false;
    auto number = static_cast<std::uint32_t>(field.number);
    if (field.tag == tag(1, kVarint)) hello.calls_max = number;
    if (field.tag == tag(2, kVarint)) hello.payload_bytes_max = number;
    if (field.tag == tag(3, kVarint)) hello.collect_within_ms = number;
  }
  return true;
}

bool read_end(std::string_view bytes, EndFrame& end) {
  end = EndFrame();
  Field field;
  while (!bytes.empty()) {
    if (!read_field(bytes, field)) return false;
    switch (field.tag) {
      case tag(1, kVarint):
        end.call_id = field.number;
        break;
      case tag(2, kVarint):
        end.code = static_cast<std::uint32_t>(field.number);
        break;
      case tag(3, kBytes):
        end.payload = field.bytes;
        break;
      case tag(4, kBytes):
        end.message = field.bytes;
        break;
      case tag(5, kBytes):
        // Two would have to be merged, and nobody writes two.
        if (end.has_error) return false;
        end.has_error = true;
        end.error = field.bytes;
        break;
      case tag(6, kBytes):
        end.collect = field.bytes;
        break;
      default:
        break;
    }
  }
  return true;
}

}  // namespace

void append_start(std::string& frames, const StartFrame& start) {
  const std::size_t size = number_size(start.call_id) + text_size(start.method) +
                           number_size(start.timeout_ms) + text_size(start.caller) +
                           text_size(start.request_id) + text_size(start.traceparent) +
                           number_size(start.fresh ? 1 : 0) + text_size(start.payload);
  frames += static_cast<char>(tag(1, kBytes));
  append_varint(frames, size);
  append_number(frames, 1, start.call_id);
  append_text(frames, 2, start.method);
  append_number(frames, 3, start.timeout_ms);
  append_text(frames, 4, start.caller);
  append_text(frames, 5, start.request_id);
  append_text(frames, 6, start.traceparent);
  append_number(frames, 7, start.fresh ? 1 : 0);
  append_text(frames, 8, start.payload);
}

void append_cancel(std::string& frames, std::uint64_t call_id) {
  frames += static_cast<char>(tag(2, kBytes));  // packed
  append_varint(frames, varint_size(call_id));
  append_varint(frames, call_id);
}

void append_ping(std::string& frames, std::uint64_t ping) {
  append_number(frames, 3, ping);
}

ServerFramesReader::Item ServerFramesReader::next() {
  Field field;
  while (!rest_.empty()) {
    if (!read_field(rest_, field)) {
      rest_ = {};
      return Item::kMalformed;
    }
    switch (field.tag) {
      case tag(1, kBytes):
        if (read_end(field.bytes, end)) return Item::kEnd;
        rest_ = {};
        return Item::kMalformed;
      case tag(2, kVarint):
        pong = field.number;
        return Item::kPong;
      case tag(3, kBytes):
        if (read_hello(field.bytes, hello)) return Item::kHello;
        rest_ = {};
        return Item::kMalformed;
      case tag(4, kVarint):
        if (field.number != 0) return Item::kDraining;
        break;
      default:
        break;
    }
  }
  return Item::kFinished;
}

}  // namespace marquee::rpc
