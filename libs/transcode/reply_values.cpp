#include "libs/transcode/reply_values.h"

#include <algorithm>
#include <string>

#include "libs/transcode/base64.h"
#include "libs/transcode/json_reader.h"
#include "libs/transcode/timestamp.h"

namespace marquee::transcode {
namespace {

constexpr int kRawJsonDepthMax = 64;

// False when it is malformed.
bool read_timestamp(std::string_view wire, Instant& instant) {
  const char* p = wire.data();
  const char* const end = p + wire.size();
  while (p != end) {
    std::uint32_t tag = 0;
    if ((p = wire::read_tag(p, end, tag)) == nullptr) return false;
    std::uint64_t bits = 0;
    if (tag == 0x08) {
      if ((p = wire::read_varint(p, end, bits)) == nullptr) return false;
      instant.seconds = static_cast<std::int64_t>(bits);
    } else if (tag == 0x10) {
      if ((p = wire::read_varint(p, end, bits)) == nullptr) return false;
      instant.nanos = static_cast<std::int32_t>(bits);
    } else if ((p = wire::skip_value(p, end, tag & 7)) == nullptr) {
      return false;
    }
  }
  return true;
}

}  // namespace

// A number that this build has no name for (a newer service's) is written as the number.
char* put_enum(JsonSink& sink, char* w, const EnumPlan& plan, std::int32_t number) {
  auto less = [](const auto& entry, std::int32_t wanted) { return entry.first < wanted; };
  auto it = std::lower_bound(plan.names.begin(), plan.names.end(), number, less);
  if (it == plan.names.end() || it->first != number) return put_integer(w, number);
  w = sink.room(w, it->second.size() + 2);
  *w++ = '"';
  w = put_text(w, it->second);
  *w = '"';
  return w + 1;
}

char* put_timestamp(JsonSink& sink, char* w, std::string_view wire) {
  Instant instant;
  if (!read_timestamp(wire, instant)) return nullptr;
  w = sink.room(w, kTimestampTextMax + 2);
  *w = '"';
  std::size_t size = format_timestamp(instant, w + 1);
  if (size == 0) return nullptr;
  w += size + 1;
  *w = '"';
  return w + 1;
}

char* put_base64(JsonSink& sink, char* w, std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  return put_string(sink, w, text, text.data() + text.size());
}

char* put_raw_json(JsonSink& sink, char* w, std::string_view text) {
  if (!is_json(text, kRawJsonDepthMax)) text = "null";
  return put_text(sink.room(w, text.size()), text);
}

}  // namespace marquee::transcode
