#include "libs/transcode/json_sink.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::transcode {

bool append_json_string(std::string_view text, std::string& out) {
  JsonSink sink(out, text.size() + 32);
  if (!sink.string(text)) {
    sink.abandon();
    return false;
  }
  sink.finish();
  return true;
}

bool is_utf8(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while ((p = skip_plain(p, end)) != end) {
    if (static_cast<unsigned char>(*p) < 0x80) {
      ++p;
      continue;
    }
    int size = sequence_length(p, end);
    if (size == 0) return false;
    p += size;
  }
  return true;
}

}  // namespace marquee::transcode
