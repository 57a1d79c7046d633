#include "gateway/hub/native_frame.h"

#include <charconv>

#include "libs/transcode/json_reader.h"

namespace marquee::gateway {
namespace {

using transcode::JsonReader;
using transcode::JsonType;

constexpr int kDepthMax = 32;
constexpr std::size_t kEventBytesMax = 64;
constexpr std::size_t kIdBytesMax = 64;

bool read_text(JsonReader& in, std::string& out) {
  std::string_view raw;
  bool escaped = false;
  if (!in.read_string(raw, escaped)) return false;
  out.clear();
  if (escaped) {
    transcode::unescape(raw, out);
  } else {
    out = raw;
  }
  return true;
}

bool read_offset(JsonReader& in, std::uint64_t& offset) {
  std::string text;
  std::string_view number;
  if (in.peek() == JsonType::kString) {
    if (!read_text(in, text)) return false;
    number = text;
  } else if (in.peek() != JsonType::kNumber || !in.read_number(number)) {
    return false;
  }
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), offset);
  return error == std::errc() && end == number.data() + number.size();
}

}  // namespace

std::optional<ResumePoint> read_resume_point(std::string_view json) {
  JsonReader in(json, kDepthMax);
  if (in.peek() != JsonType::kObject) return std::nullopt;
  ResumePoint point;
  bool has_offset = false;
  in.open_object();
  for (std::string_view name; in.next_member(name);) {
    if (name == "epoch" && in.peek() == JsonType::kString) {
      if (!read_text(in, point.epoch)) return std::nullopt;
    } else if (name == "offset") {
      if (!read_offset(in, point.offset)) return std::nullopt;
      has_offset = true;
    } else {
      in.skip_value();
    }
  }
  if (!in.finish() || !has_offset || point.epoch.empty()) return std::nullopt;
  return point;
}

std::string string_member(std::string_view json, std::string_view name) {
  JsonReader in(json, kDepthMax);
  std::string found;
  if (in.peek() != JsonType::kObject) return found;
  in.open_object();
  for (std::string_view member; in.next_member(member);) {
    if (member == name && in.peek() == JsonType::kString) {
      if (!read_text(in, found)) return {};
    } else {
      in.skip_value();
    }
  }
  return in.failed() ? std::string() : found;
}

NativeFrame read_native_frame(std::string_view text) {
  NativeFrame frame;
  SocketCommand& command = frame.command;
  command.data = "{}";
  JsonReader in(text, kDepthMax);
  if (in.peek() != JsonType::kObject) {
    frame.fault = R"(A frame is a JSON object: {"event":"...","data":{...},"id":1})";
    return frame;
  }
  in.open_object();
  for (std::string_view name; in.next_member(name);) {
    std::string_view value;
    if (name == "event" && in.peek() == JsonType::kString) {
      read_text(in, command.event);
    } else if (name == "data") {
      if (in.skip_value(&value)) command.data = value;
    } else if (name == "id" && in.peek() != JsonType::kNull) {
      const bool plain = in.peek() == JsonType::kString || in.peek() == JsonType::kNumber;
      if (!in.skip_value(&value)) continue;
      if (!plain || value.size() > kIdBytesMax) {
        frame.fault = "An id is a number or a short string";
        return frame;
      }
      command.id = value;
    } else if (name == "resume" && in.peek() != JsonType::kNull) {
      if (!in.skip_value(&value)) continue;
      command.resume = read_resume_point(value);
      if (!command.resume) frame.fault = R"(resume is {"epoch":"...","offset":1})";
    } else {
      in.skip_value();
    }
  }
  if (!in.finish()) {
    frame.fault = std::string("JSON parse error - ") + in.what() + " at byte " +
                  std::to_string(in.position());
  } else if (frame.fault.empty() && command.event.empty()) {
    frame.fault = "Missing required field: event";
  } else if (command.event.size() > kEventBytesMax) {
    frame.fault = "The event's name is too long";
  }
  return frame;
}

}  // namespace marquee::gateway
