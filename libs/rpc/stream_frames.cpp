#include "libs/rpc/stream_frames.h"

#include "libs/core/wire.h"

namespace marquee::rpc {
namespace {

using wire::tag;
using wire::varint_size;

// Fields below 16, so a tag is one byte. Empty and zero are not written, as proto3 has it.
std::size_t text_size(std::string_view text) {
  return text.empty() ? 0 : 1 + varint_size(text.size()) + text.size();
}

std::size_t number_size(std::uint64_t number) {
  return number == 0 ? 0 : 1 + varint_size(number);
}

void append_text(std::string& out, std::uint32_t field, std::string_view text) {
  if (text.empty()) return;
  out += static_cast<char>(tag(field, wire::kBytes));
  wire::write_varint(text.size(), out);
  out += text;
}

void append_number(std::string& out, std::uint32_t field, std::uint64_t number) {
  if (number == 0) return;
  out += static_cast<char>(tag(field, wire::kVarint));
  wire::write_varint(number, out);
}

struct Field {
  std::uint32_t tag = 0;
  std::uint64_t number = 0;
  std::string_view bytes;
};

// Groups are refused: nothing that either side knows ever had one.
bool read_field(std::string_view& rest, Field& field) {
  const char* const end = rest.data() + rest.size();
  const char* p = wire::read_tag(rest.data(), end, field.tag);
  if (p == nullptr) return false;
  switch (field.tag & 7) {
    case wire::kVarint:
      p = wire::read_varint(p, end, field.number);
      break;
    case wire::kBytes:
      p = wire::read_length(p, end, field.bytes);
      break;
    default:
      p = wire::skip_value(p, end, field.tag & 7);
  }
  if (p == nullptr) return false;
  rest = {p, static_cast<std::size_t>(end - p)};
  return true;
}

bool read_start(std::string_view bytes, StartFrame& start) {
  start = StartFrame();
  Field field;
  while (!bytes.empty()) {
    if (!read_field(bytes, field)) return false;
    switch (field.tag) {
      case tag(1, wire::kVarint):
        start.call_id = field.number;
        break;
      case tag(2, wire::kBytes):
        start.method = field.bytes;
        break;
      case tag(3, wire::kVarint):
        start.timeout_ms = static_cast<std::uint32_t>(field.number);
        break;
      case tag(4, wire::kBytes):
        start.caller = field.bytes;
        break;
      case tag(5, wire::kBytes):
        start.request_id = field.bytes;
        break;
      case tag(6, wire::kBytes):
        start.traceparent = field.bytes;
        break;
      case tag(7, wire::kVarint):
        start.fresh = field.number != 0;
        break;
      case tag(8, wire::kBytes):
        start.payload = field.bytes;
        break;
      default:
        break;
    }
  }
  return true;
}

bool read_hello(std::string_view bytes, HelloFrame& hello) {
  Field field;
  while (!bytes.empty()) {
    if (!read_field(bytes, field)) return false;
    auto number = static_cast<std::uint32_t>(field.number);
    if (field.tag == tag(1, wire::kVarint)) hello.calls_max = number;
    if (field.tag == tag(2, wire::kVarint)) hello.payload_bytes_max = number;
    if (field.tag == tag(3, wire::kVarint)) hello.collect_within_ms = number;
  }
  return true;
}

bool read_end(std::string_view bytes, EndFrame& end) {
  end = EndFrame();
  Field field;
  while (!bytes.empty()) {
    if (!read_field(bytes, field)) return false;
    switch (field.tag) {
      case tag(1, wire::kVarint):
        end.call_id = field.number;
        break;
      case tag(2, wire::kVarint):
        end.code = static_cast<std::uint32_t>(field.number);
        break;
      case tag(3, wire::kBytes):
        end.payload = field.bytes;
        break;
      case tag(4, wire::kBytes):
        end.message = field.bytes;
        break;
      case tag(5, wire::kBytes):
        // Two would have to be merged, and nobody writes two.
        if (end.has_error) return false;
        end.has_error = true;
        end.error = field.bytes;
        break;
      case tag(6, wire::kBytes):
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
  frames += static_cast<char>(tag(1, wire::kBytes));
  wire::write_varint(size, frames);
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
  frames += static_cast<char>(tag(2, wire::kBytes));  // packed
  wire::write_varint(varint_size(call_id), frames);
  wire::write_varint(call_id, frames);
}

void append_ping(std::string& frames, std::uint64_t ping) {
  append_number(frames, 3, ping);
}

ClientFramesReader::Item ClientFramesReader::next() {
  if (!packed_.empty()) return next_packed();
  Field field;
  while (!rest_.empty()) {
    if (!read_field(rest_, field)) return malformed();
    switch (field.tag) {
      case tag(1, wire::kBytes):
        return read_start(field.bytes, start) ? Item::kStart : malformed();
      case tag(2, wire::kBytes):
        packed_ = field.bytes;
        if (!packed_.empty()) return next_packed();
        break;
      case tag(2, wire::kVarint):
        cancel = field.number;
        return Item::kCancel;
      case tag(3, wire::kVarint):
        ping = field.number;
        return Item::kPing;
      default:
        break;
    }
  }
  return Item::kFinished;
}

ClientFramesReader::Item ClientFramesReader::next_packed() {
  const char* const end = packed_.data() + packed_.size();
  const char* p = wire::read_varint(packed_.data(), end, cancel);
  if (p == nullptr) return malformed();
  packed_ = {p, static_cast<std::size_t>(end - p)};
  return Item::kCancel;
}

ClientFramesReader::Item ClientFramesReader::malformed() {
  rest_ = packed_ = {};
  return Item::kMalformed;
}

ServerFramesReader::Item ServerFramesReader::next() {
  Field field;
  while (!rest_.empty()) {
    if (!read_field(rest_, field)) {
      rest_ = {};
      return Item::kMalformed;
    }
    switch (field.tag) {
      case tag(1, wire::kBytes):
        if (read_end(field.bytes, end)) return Item::kEnd;
        rest_ = {};
        return Item::kMalformed;
      case tag(2, wire::kVarint):
        pong = field.number;
        return Item::kPong;
      case tag(3, wire::kBytes):
        if (read_hello(field.bytes, hello)) return Item::kHello;
        rest_ = {};
        return Item::kMalformed;
      case tag(4, wire::kVarint):
        if (field.number != 0) return Item::kDraining;
        break;
      default:
        break;
    }
  }
  return Item::kFinished;
}

}  // namespace marquee::rpc
