// A request's place in a trace (W3C Trace Context): the trace it belongs to, this process's own
// span in it, and the span that asked. No memory of its own, no lock; a value, copied as one likes.
//
//   Trace trace = Trace::continued(header);      // whatever the header says
//   context.AddMetadata("traceparent", trace.traceparent());
#pragma once

#include <array>
#include <string_view>

namespace marquee {

inline constexpr char kTraceparent[] = "traceparent";

// What version 00 says, or the part of a later version that is as in version 00.
bool is_traceparent(std::string_view text);

class Trace {
 public:
  // None: all that is asked of it is empty.
  Trace() = default;
  // A new span of the trace that `traceparent` names, with its flags; of a new trace, whose flags
  // are 00, when it is malformed or empty.
  static Trace continued(std::string_view traceparent);

  bool empty() const { return text_[0] == '\0'; }
  void clear() { text_[0] = '\0'; }
  // For the next one on the way: "00-<trace>-<span>-<flags>".
  std::string_view traceparent() const { return part(0, kTextBytes); }
  std::string_view trace_id() const { return part(kTraceAt, kTraceDigits); }
  std::string_view span_id() const { return part(kSpanAt, kSpanDigits); }
  // Empty where the trace begins here.
  std::string_view parent_id() const {
    return empty() || parent_[0] == '\0' ? std::string_view()
                                         : std::string_view(parent_.data(), kSpanDigits);
  }

 private:
  friend bool is_traceparent(std::string_view text);
  static constexpr std::size_t kTraceAt = 3;
  static constexpr std::size_t kTraceDigits = 32;
  static constexpr std::size_t kSpanAt = 36;
  static constexpr std::size_t kSpanDigits = 16;
  static constexpr std::size_t kFlagsAt = 53;
  static constexpr std::size_t kTextBytes = 55;

  std::string_view part(std::size_t at, std::size_t size) const {
    return empty() ? std::string_view() : std::string_view(text_.data() + at, size);
  }

  std::array<char, kTextBytes> text_{};
  std::array<char, kSpanDigits> parent_{};
};

}  // namespace marquee
