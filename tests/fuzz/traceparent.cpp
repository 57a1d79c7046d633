// A traceparent header of anybody's, and what is passed on in its place.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/core/trace.h"
#include "tests/fuzz/require.h"

using marquee::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto trace = marquee::Trace::continued(text);
  require(marquee::is_traceparent(trace.traceparent()), "what is passed on is one");
  require(trace.span_id() != trace.parent_id(), "a span of its own");
  if (marquee::is_traceparent(text)) {
    require(trace.trace_id() == text.substr(3, 32), "the same trace");
    require(trace.parent_id() == text.substr(36, 16), "the caller's span");
  } else {
    require(trace.parent_id().empty(), "nobody's span");
  }
  return 0;
}
