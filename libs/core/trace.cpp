#include "libs/core/trace.h"

#include <cstdint>
#include <cstring>
#include <random>

namespace marquee {
namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_zero(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

void write_random(char* out, std::size_t digits) {
  thread_local std::mt19937_64 generator(std::random_device{}());
  static constexpr char kHex[] = "0123456789abcdef";
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = generator();
    out[i] = kHex[bits & 15];
    bits >>= 4;
  }
  // All zeros mean that there is none.
  if (is_zero({out, digits})) out[0] = '1';
}

}  // namespace

bool is_traceparent(std::string_view text) {
  if (text.size() < Trace::kTextBytes) return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (text.size() > Trace::kTextBytes && (version == "00" || text[Trace::kTextBytes] != '-')) {
    return false;
  }
  if (text[2] != '-' || text[Trace::kSpanAt - 1] != '-' || text[Trace::kFlagsAt - 1] != '-') {
    return false;
  }
  const std::string_view trace = text.substr(Trace::kTraceAt, Trace::kTraceDigits);
  const std::string_view span = text.substr(Trace::kSpanAt, Trace::kSpanDigits);
  return is_hex(trace) && !is_zero(trace) && is_hex(span) && !is_zero(span) &&
         is_hex(text.substr(Trace::kFlagsAt, 2));
}

Trace Trace::continued(std::string_view traceparent) {
  Trace trace;
  char* text = trace.text_.data();
  if (is_traceparent(traceparent)) {
    std::memcpy(text, traceparent.data(), kTextBytes);
    std::memcpy(trace.parent_.data(), text + kSpanAt, kSpanDigits);
    text[0] = text[1] = '0';
  } else {
    std::memcpy(text, "00-", kTraceAt);
    write_random(text + kTraceAt, kTraceDigits);
    text[kSpanAt - 1] = text[kFlagsAt - 1] = '-';
    text[kFlagsAt] = text[kFlagsAt + 1] = '0';
  }
  write_random(text + kSpanAt, kSpanDigits);
  return trace;
}

}  // namespace marquee
