#include "libs/transcode/json_text.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::transcode {
namespace {

constexpr std::size_t kSlack = 24;  // a block written past the text's end, an escape, a quote

char* put_escaped(char* w, char byte) {
  *w++ = '\\';
  switch (byte) {
    case '"':
    case '\\':
      *w++ = byte;
      return w;
    case '\n':
      *w++ = 'n';
      return w;
    case '\r':
      *w++ = 'r';
      return w;
    case '\t':
      *w++ = 't';
      return w;
    case '\b':
      *w++ = 'b';
      return w;
    case '\f':
      *w++ = 'f';
      return w;
    default:
      w = put_text(w, "u00");
      *w++ = byte < 0x10 ? '0' : '1';
      *w++ = "0123456789abcdef"[byte & 0xf];
      return w;
  }
}

// Copies plain characters; stops at the first other one, or at the end.
void copy_plain(char*& w, const char*& p, const char* end) {
#ifdef __SSE2__
  while (end - p >= 16) {
    __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(w), block);
    unsigned mask = special_mask(block);
    int plain = mask == 0 ? 16 : std::countr_zero(mask);
    p += plain;
    w += plain;
    if (mask != 0) return;
  }
#endif
  while (end - p >= 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, p, 8);
    if (special_bits(block) != 0) break;
    std::memcpy(w, &block, 8);
    p += 8;
    w += 8;
  }
  while (p != end && is_plain(static_cast<unsigned char>(*p))) *w++ = *p++;
}

}  // namespace

char* put_string_rest(JsonSink& sink, char* w, const char* p, const char* end) {
  w = sink.room(w, static_cast<std::size_t>(end - p) + kSlack);
  while (true) {
    copy_plain(w, p, end);
    if (p == end) break;
    if (static_cast<unsigned char>(*p) >= 0x80) {
      int size = sequence_length(p, end);
      if (size == 0) return nullptr;
      while (size-- > 0) *w++ = *p++;
      continue;
    }
    // Each escape is longer than its character.
    w = sink.room(w, static_cast<std::size_t>(end - p) + kSlack);
    w = put_escaped(w, *p++);
  }
  *w = '"';
  return w + 1;
}

bool append_json_string(std::string_view text, std::string& out) {
  JsonSink sink(out, text.size() + 32);
  char* w = put_string(sink, sink.begin(), text, text.data() + text.size());
  if (w == nullptr) {
    sink.abandon();
    return false;
  }
  sink.finish(w);
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
