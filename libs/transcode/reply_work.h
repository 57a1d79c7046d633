// The work on one reply, of which write_reply() is the outside: the parts that its files share.
// Made for one reply; on the stack of the thread that writes it. Whatever takes `w` writes there
// and returns the place behind, null when the wire is malformed.
#pragma once

#include <cstring>

#include "libs/transcode/field_places.h"
#include "libs/transcode/json_sink.h"
#include "libs/transcode/reply_values.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::transcode {

// Serialisers write fields in the order of their numbers and each once, which mostly is the order
// of the JSON: such a message is written while it is read (`ordered`). Any other is looked through
// first (`scanned`). Whatever goes wrong underway starts the whole reply again, scanned throughout:
// that knows what a later field replaces, and no reply is worked on more than twice.
class ReplyWork {
 public:
  ReplyWork(const ReplyOptions& options, JsonSink& sink, ReplyMarks& marks, bool in_order)
      : options_(options), sink_(sink), marks_(marks), in_order_(in_order) {}

  char* reply(const MessagePlan& plan, std::string_view wire, char* w);

 private:
  static constexpr int kDepthMax = 64;

  // What has been read up to, and written up to; null where it failed.
  struct Heads {
    const char* p;
    char* w;
  };

  char* message(const MessagePlan& plan, std::string_view wire, char* w, int depth,
                bool success = false);

  // reply_ordered.cpp
  char* ordered(const MessagePlan& plan, std::string_view wire, char* w, int depth, bool success);
  char* absent(const MessagePlan& plan, std::size_t from, std::size_t to, char* w);
  Heads member(const MessagePlan& plan, std::size_t at, std::uint32_t tag, const char* p,
               const char* end, char* w, int depth);
  Heads whole_value(const MessagePlan& plan, std::size_t at, std::uint32_t tag, const char* p,
                    const char* end, char* w, int depth);
  Heads odd_member(const MessagePlan& plan, std::size_t at, std::uint32_t tag, const char* p,
                   const char* end, char* w, int depth);
  Heads value(const FieldPlan& plan, const char* p, const char* end, char* w, int depth);
  char* length(const FieldPlan& plan, std::string_view bytes, char* w, int depth);
  Heads list(const FieldPlan& plan, std::uint32_t tag, const char* p, const char* end, char* w,
             int depth);
  Heads element(const FieldPlan& plan, const char* p, const char* end, char* w, int depth,
                std::size_t list_begin);
  Heads packed(const FieldPlan& plan, const char* p, const char* end, char* w, int depth,
               std::size_t list_begin);
  Heads map(const FieldPlan& plan, const char* p, const char* end, char* w, int depth);
  Heads one_of_list(const FieldPlan& plan, std::uint32_t tag, const char* p, const char* end,
                    char* w, int depth, std::size_t list_begin);
  char* single(const FieldPlan& plan, const char* p, const char* end, char* w, int depth);
  char* map_entry(const FieldPlan& plan, std::string_view entry, char* w, int depth);
  bool note(Mark mark, const FieldPlan& field, const char* p, const char* end);

  // reply_scanned.cpp
  char* scanned(const MessagePlan& plan, std::string_view wire, char* w, int depth, bool success);
  char* field(const FieldPlan& plan, const FieldPlace& place, const char* end, char* w, int depth,
              bool success);
  char* merged(const FieldPlan& plan, const FieldPlace& place, const char* end, char* w, int depth,
               bool success);
  char* scattered_list(const FieldPlan& plan, const FieldPlace& place, char* w, int depth);
  char* scattered_map(const FieldPlan& plan, const FieldPlace& place, char* w, int depth);
  bool read_marks(const MessagePlan& plan, const FieldPlaces& places);

  // Every member starts with a comma; the first one's becomes the brace.
  char* open(char* w, bool success) { return success ? put(w, ",\"success\":true") : w; }
  char* close(std::size_t begin, char* w) {
    w = sink_.room(w, 2);
    if (sink_.offset(w) == begin) *w++ = '{';
    *sink_.at(begin) = '{';
    *w = '}';
    return w + 1;
  }

  // `,"name":`
  char* key(const MessagePlan& plan, std::size_t at, char* w) {
    const WriteStep& step = plan.steps[at];
    if (step.key_size == 0) return put(put(w, ","), plan.fields[at].key);
    w = sink_.room(w, step.key.size());
    std::memcpy(w, step.key.data(), step.key.size());
    return w + step.key_size;
  }

  // The value at [value_begin, w) once more, under the field's other name if it has one.
  char* alias(const FieldPlan& field, std::size_t value_begin, char* w) {
    if (field.alias_key.empty()) return w;
    std::size_t size = sink_.offset(w) - value_begin;
    w = put(put(w, ","), field.alias_key);
    w = sink_.room(w, size);
    return put_text(w, {sink_.at(value_begin), size});
  }

  char* unset(const FieldPlan& field, char* w) {
    if (options_.from_cache && !field.text_from_cache.empty()) {
      const std::string& text = field.text_from_cache;
      return put_string(sink_, w, text, text.data() + text.size());
    }
    return put(w, field.unset);
  }

  char* put(char* w, std::string_view text) { return put_text(sink_.room(w, text.size()), text); }

  const ReplyOptions& options_;
  JsonSink& sink_;
  ReplyMarks& marks_;
  const char* limit_ = nullptr;  // of the memory that strings lie in
  const bool in_order_;
};

}  // namespace marquee::transcode
