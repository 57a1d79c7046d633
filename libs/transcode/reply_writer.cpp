#include "libs/transcode/reply_writer.h"

#include "libs/core/wire.h"
#include "libs/transcode/field_places.h"
#include "libs/transcode/json_sink.h"
#include "libs/transcode/reply_values.h"

namespace marquee::transcode {
namespace {

using Shape = WriteStep::Shape;

constexpr int kDepthMax = 64;

// Serialisers write fields in the order of their numbers and each once, which mostly is the order
// of the JSON: such a message is written while it is read (`ordered`). Any other is looked through
// first (`scanned`). Whatever goes wrong underway starts the whole reply again, scanned throughout:
// that knows what a later field replaces, and no reply is worked on more than twice.
class Writer {
 public:
  Writer(const ReplyOptions& options, JsonSink& sink, ReplyMarks& marks, bool in_order)
      : options_(options), sink_(sink), marks_(marks), in_order_(in_order) {}

  // Null when the wire is malformed; `w` from here on is where to write, then the byte behind.
  char* reply(const MessagePlan& plan, std::string_view wire, char* w) {
    limit_ = wire.data() + wire.size();
    if (options_.only == nullptr) return message(plan, wire, w, kDepthMax, options_.success_flag);
    FieldPlaces places(plan);
    if (!places.scan(wire) || !read_marks(plan, places)) return nullptr;
    return field(*options_.only, places.of(*options_.only), places.end(), w, kDepthMax,
                 options_.success_flag);
  }

 private:
  // What has been read up to, and written up to; null where it failed.
  struct Heads {
    const char* p;
    char* w;
  };

  char* message(const MessagePlan& plan, std::string_view wire, char* w, int depth,
                bool success = false) {
    if (depth == 0) return nullptr;
    if (success && plan.has_success) success = false;
    if (plan.ascending && in_order_) return ordered(plan, wire, w, depth, success);
    return scanned(plan, wire, w, depth, success);
  }

  // Every member starts with a comma; the first one's becomes the brace.
  char* open(char* w, bool success) { return success ? put(w, ",\"success\":true") : w; }
  char* close(std::size_t begin, char* w) {
    w = sink_.room(w, 2);
    if (sink_.offset(w) == begin) *w++ = '{';
    *sink_.at(begin) = '{';
    *w = '}';
    return w + 1;
  }

  char* ordered(const MessagePlan& plan, std::string_view wire, char* w, int depth, bool success) {
    const WriteStep* const steps = plan.steps.data();
    const std::size_t count = plan.steps.size();
    const char* p = wire.data();
    const char* const end = p + wire.size();
    const std::size_t begin = sink_.offset(w);
    w = open(w, success);
    std::size_t next = 0;
    while (p != end) {
      std::uint32_t tag = 0;
      if ((p = wire::read_tag(p, end, tag)) == nullptr) return nullptr;
      if (next == count || steps[next].tag != tag) {
        std::size_t at = index_of(plan, tag);
        if (at == count) {
          if ((p = wire::skip_value(p, end, tag & 7)) == nullptr) return nullptr;
          continue;
        }
        if (at < next) return nullptr;
        w = absent(plan, next, at, w);
        next = at;
      }
      Heads heads = member(plan, next, tag, p, end, w, depth);
      if (heads.w == nullptr) return nullptr;
      p = heads.p;
      w = heads.w;
      ++next;
    }
    w = absent(plan, next, count, w);
    return close(begin, w);
  }

  // Of the field with this tag, or a list that may as well be packed; else plan.steps.size().
  static std::size_t index_of(const MessagePlan& plan, std::uint32_t tag) {
    const FieldPlan* field = plan.by_number(tag >> 3);
    if (field == nullptr) return plan.steps.size();
    bool packed = is_list(*field) && (tag & 7) == wire::kBytes;
    if (tag != field->tag && !packed) return plan.steps.size();
    return static_cast<std::size_t>(field - plan.fields.data());
  }

  // The members of the fields [from, to), which the wire does not have.
  char* absent(const MessagePlan& plan, std::size_t from, std::size_t to, char* w) {
    if (from == to) return w;
    if (options_.from_cache && plan.cached_texts) {
      for (; from != to; ++from) {
        const FieldPlan& field = plan.fields[from];
        if (!field.written) continue;
        w = key(plan, from, w);
        std::size_t begin = sink_.offset(w);
        w = alias(field, begin, unset(field, w));
      }
      return w;
    }
    std::size_t begin = plan.steps[from].absent;
    std::size_t end = to == plan.steps.size() ? plan.absent.size() : plan.steps[to].absent;
    return put(w, std::string_view(plan.absent).substr(begin, end - begin));
  }

  // The member of a field whose first value is at `p`, behind its tag.
  Heads member(const MessagePlan& plan, std::size_t at, std::uint32_t tag, const char* p,
               const char* end, char* w, int depth) {
    const WriteStep& step = plan.steps[at];
    const FieldPlan& field = plan.fields[at];
    if (step.mark != Mark::kNone && depth == kDepthMax && !note(step.mark, field, p, end)) {
      return {p, nullptr};
    }
    if (step.shape == Shape::kUnwritten) {
      p = wire::skip_value(p, end, tag & 7);
      return {p, p == nullptr ? nullptr : w};
    }
    w = key(plan, at, w);
    if (step.odd) return odd_member(plan, at, tag, p, end, w, depth);
    return whole_value(plan, at, tag, p, end, w, depth);
  }

  // All that the wire has of the field from `p` on.
  [[gnu::always_inline]] Heads whole_value(const MessagePlan& plan, std::size_t at,
                                           std::uint32_t tag, const char* p, const char* end,
                                           char* w, int depth) {
    const FieldPlan& field = plan.fields[at];
    Shape shape = plan.steps[at].shape;
    if (shape == Shape::kSingle) return value(field, p, end, w, depth);
    if (shape == Shape::kList) return list(field, tag, p, end, w, depth);
    return map(field, p, end, w, depth);
  }

  [[gnu::noinline]] Heads odd_member(const MessagePlan& plan, std::size_t at, std::uint32_t tag,
                                     const char* p, const char* end, char* w, int depth) {
    const FieldPlan& field = plan.fields[at];
    const std::size_t begin = sink_.offset(w);
    Heads heads{};
    if (options_.from_cache && !field.text_from_cache.empty()) {
      heads.p = wire::skip_value(p, end, tag & 7);
      if (heads.p != nullptr) heads.w = unset(field, w);
    } else {
      heads = whole_value(plan, at, tag, p, end, w, depth);
    }
    if (heads.w != nullptr) heads.w = alias(field, begin, heads.w);
    return heads;
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

  // The value at `p`, of whatever kind.
  [[gnu::always_inline]] Heads value(const FieldPlan& plan, const char* p, const char* end, char* w,
                                     int depth) {
    switch (plan.kind) {
      case Kind::kString:
      case Kind::kBytes:
      case Kind::kMessage:
      case Kind::kMap:
      case Kind::kTimestamp: {
        std::string_view bytes;
        if ((p = wire::read_length(p, end, bytes)) == nullptr) return {p, nullptr};
        return {p, length(plan, bytes, w, depth)};
      }
      case Kind::kDouble:
      case Kind::kFixed64:
      case Kind::kSfixed64: {
        std::uint64_t bits = 0;
        if ((p = wire::read_fixed(p, end, bits)) == nullptr) return {p, nullptr};
        return {p, put_fixed64(sink_.room(w, kNumberTextMax), plan.kind, bits)};
      }
      case Kind::kFloat:
      case Kind::kFixed32:
      case Kind::kSfixed32: {
        std::uint32_t bits = 0;
        if ((p = wire::read_fixed(p, end, bits)) == nullptr) return {p, nullptr};
        return {p, put_fixed32(sink_.room(w, kNumberTextMax), plan.kind, bits)};
      }
      default: {
        std::uint64_t bits = 0;
        if ((p = wire::read_varint(p, end, bits)) == nullptr) return {p, nullptr};
        return {p, put_varint(sink_, sink_.room(w, kNumberTextMax), plan, bits)};
      }
    }
  }

  [[gnu::always_inline]] char* length(const FieldPlan& plan, std::string_view bytes, char* w,
                                      int depth) {
    switch (plan.kind) {
      case Kind::kString:
        if (plan.raw_json) return put_raw_json(sink_, w, bytes);
        return put_string(sink_, w, bytes, limit_);
      case Kind::kTimestamp:
        return put_timestamp(sink_, w, bytes);
      case Kind::kMessage:
        return message(*plan.message, bytes, w, depth - 1);
      default:
        return put_base64(sink_, w, bytes);
    }
  }

  // The occurrences that follow each other from `p`, which is behind the first one's tag.
  Heads list(const FieldPlan& plan, std::uint32_t tag, const char* p, const char* end, char* w,
             int depth) {
    w = sink_.room(w, 1);
    *w++ = '[';
    const std::size_t begin = sink_.offset(w);
    while (true) {
      Heads heads = tag == plan.tag ? element(plan, p, end, w, depth, begin)
                                    : packed(plan, p, end, w, depth, begin);
      if (heads.w == nullptr) return heads;
      p = heads.p;
      w = heads.w;
      const char* behind = next_occurrence(plan, p, end, tag);
      if (behind == nullptr) break;
      p = behind;
    }
    w = sink_.room(w, 1);
    *w = ']';
    return {p, w + 1};
  }

  // Behind the tag at `p` when it is one of this list; else null.
  static const char* next_occurrence(const FieldPlan& plan, const char* p, const char* end,
                                     std::uint32_t& tag) {
    if (p == end) return nullptr;
    std::uint32_t next = 0;
    p = wire::read_tag(p, end, next);
    if (p == nullptr || next >> 3 != plan.number) return nullptr;
    if (next != plan.tag && (next & 7) != wire::kBytes) return nullptr;
    tag = next;
    return p;
  }

  Heads element(const FieldPlan& plan, const char* p, const char* end, char* w, int depth,
                std::size_t list_begin) {
    if (sink_.offset(w) != list_begin) {
      w = sink_.room(w, 1);
      *w++ = ',';
    }
    return value(plan, p, end, w, depth);
  }

  Heads packed(const FieldPlan& plan, const char* p, const char* end, char* w, int depth,
               std::size_t list_begin) {
    std::string_view run;
    const char* behind = wire::read_length(p, end, run);
    if (behind == nullptr) return {nullptr, nullptr};
    p = run.data();
    while (p != behind) {
      Heads heads = element(plan, p, behind, w, depth, list_begin);
      if (heads.w == nullptr) return heads;
      p = heads.p;
      w = heads.w;
    }
    return {behind, w};
  }

  Heads map(const FieldPlan& plan, const char* p, const char* end, char* w, int depth) {
    const std::size_t begin = sink_.offset(w);
    while (true) {
      std::string_view entry;
      p = wire::read_length(p, end, entry);
      if (p == nullptr) return {p, nullptr};
      w = map_entry(plan, entry, w, depth - 1);
      if (w == nullptr) return {p, nullptr};
      std::uint32_t tag = 0;
      const char* behind = next_occurrence(plan, p, end, tag);
      if (behind == nullptr) break;
      p = behind;
    }
    return {p, close(begin, w)};
  }

  char* map_entry(const FieldPlan& plan, std::string_view entry, char* w, int depth) {
    if (depth <= 0) return nullptr;
    FieldPlaces places(*plan.message);
    if (!places.scan(entry)) return nullptr;
    const FieldPlan& value_plan = *plan.message->by_number(2);
    std::string_view name = entry.substr(0, 0);  // a place within the wire
    if (places[0].count > 0) wire::read_length(places[0].last, places.end(), name);
    w = put_string(sink_, put(w, ","), name, limit_);
    if (w == nullptr) return nullptr;
    w = put(w, ":");
    if (places[1].count > 0) return field(value_plan, places[1], places.end(), w, depth, false);
    if (value_plan.kind == Kind::kMessage) return message(*value_plan.message, {}, w, depth - 1);
    if (value_plan.kind == Kind::kTimestamp) return put_timestamp(sink_, w, {});
    return put(w, value_plan.unset);
  }

  // False when the text of a mark is not UTF-8, or malformed.
  bool note(Mark mark, const FieldPlan& field, const char* p, const char* end) {
    if (mark == Mark::kStatus) {
      std::uint64_t flag = 0;
      if (wire::read_varint(p, end, flag) == nullptr) return false;
      if (flag != 0) marks_.status = field.status_if_true;
      return true;
    }
    std::string_view text;
    if (wire::read_length(p, end, text) == nullptr || !is_utf8(text)) return false;
    (mark == Mark::kSessionToken ? marks_.session_token : marks_.next_cursor) = text;
    return true;
  }

  bool read_marks(const MessagePlan& plan, const FieldPlaces& places) {
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      Mark mark = plan.steps[i].mark;
      if (mark == Mark::kNone || places[i].count == 0) continue;
      if (!note(mark, plan.fields[i], places[i].last, places.end())) return false;
    }
    return true;
  }

  char* scanned(const MessagePlan& plan, std::string_view wire, char* w, int depth, bool success) {
    FieldPlaces places(plan);
    if (!places.scan(wire)) return nullptr;
    if (depth == kDepthMax && !read_marks(plan, places)) return nullptr;
    const std::size_t begin = sink_.offset(w);
    w = open(w, success);
    for (std::size_t i = 0; i < plan.fields.size(); ++i) {
      const FieldPlan& member = plan.fields[i];
      if (!member.written) continue;
      w = key(plan, i, w);
      const std::size_t value_begin = sink_.offset(w);
      w = field(member, places[i], places.end(), w, depth, false);
      if (w == nullptr) return nullptr;
      w = alias(member, value_begin, w);
    }
    return close(begin, w);
  }

  // A field with all its occurrences.
  char* field(const FieldPlan& plan, const FieldPlace& place, const char* end, char* w, int depth,
              bool success) {
    if (place.count == 0 || (options_.from_cache && !plan.text_from_cache.empty())) {
      return unset(plan, w);
    }
    if (plan.repeated) return scattered_list(plan, place, w, depth);
    if (plan.kind == Kind::kMap) return scattered_map(plan, place, w, depth);
    bool mergeable = plan.kind == Kind::kMessage || plan.kind == Kind::kTimestamp;
    if (mergeable && place.count > 1) return merged(plan, place, end, w, depth, success);
    if (plan.kind != Kind::kMessage) return value(plan, place.last, end, w, depth).w;
    std::string_view bytes;
    wire::read_length(place.last, end, bytes);
    return message(*plan.message, bytes, w, depth - 1, success);
  }

  // Parts of one message that came apart: protobuf merges them, which is what their bytes one
  // behind the other mean.
  char* merged(const FieldPlan& plan, const FieldPlace& place, const char* end, char* w, int depth,
               bool success) {
    std::string whole;
    for_each_occurrence(plan, place.first, end, [&](std::uint32_t tag, const char*& p) {
      std::string_view part;
      if (tag == plan.tag && wire::read_length(p, end, part) != nullptr) whole.append(part);
      p = wire::skip_value(p, end, tag & 7);
      return true;
    });
    if (plan.kind == Kind::kTimestamp) return put_timestamp(sink_, w, whole);
    const char* limit = limit_;
    limit_ = whole.data() + whole.size();
    w = message(*plan.message, whole, w, depth - 1, success);
    limit_ = limit;
    return w;
  }

  char* scattered_list(const FieldPlan& plan, const FieldPlace& place, char* w, int depth) {
    const char* const end = place.last;
    w = put(w, "[");
    const std::size_t begin = sink_.offset(w);
    auto occurrence = [&](std::uint32_t tag, const char*& p) {
      if (tag != plan.tag && (tag & 7) != wire::kBytes) {
        p = wire::skip_value(p, end, tag & 7);
        return true;
      }
      Heads heads = tag == plan.tag ? element(plan, p, end, w, depth, begin)
                                    : packed(plan, p, end, w, depth, begin);
      p = heads.p;
      w = heads.w;
      return w != nullptr;
    };
    return for_each_occurrence(plan, place.first, end, occurrence) ? put(w, "]") : nullptr;
  }

  char* scattered_map(const FieldPlan& plan, const FieldPlace& place, char* w, int depth) {
    const char* const end = place.last;
    const std::size_t begin = sink_.offset(w);
    auto occurrence = [&](std::uint32_t tag, const char*& p) {
      const char* value = p;
      p = wire::skip_value(p, end, tag & 7);
      if (tag != plan.tag) return true;
      std::string_view entry;
      wire::read_length(value, end, entry);
      w = map_entry(plan, entry, w, depth - 1);
      return w != nullptr;
    };
    if (!for_each_occurrence(plan, place.first, end, occurrence)) return nullptr;
    return close(begin, w);
  }

  const ReplyOptions& options_;
  JsonSink& sink_;
  ReplyMarks& marks_;
  const char* limit_ = nullptr;  // of the memory that strings lie in
  const bool in_order_;
};

}  // namespace

bool write_reply(const MessagePlan& plan, std::string_view wire, const ReplyOptions& options,
                 std::string& out, ReplyMarks& marks) {
  JsonSink sink(out, wire.size() * 2 + 256);
  const ReplyMarks before = marks;
  char* w = Writer(options, sink, marks, true).reply(plan, wire, sink.begin());
  if (w == nullptr) {
    marks = before;
    w = Writer(options, sink, marks, false).reply(plan, wire, sink.begin());
  }
  if (w == nullptr) {
    sink.abandon();
    return false;
  }
  sink.finish(w);
  return true;
}

bool write_reply(const MessagePlan& plan, std::span<const std::string_view> slices,
                 const ReplyOptions& options, std::string& joined, std::string& out,
                 ReplyMarks& marks) {
  if (slices.size() == 1) return write_reply(plan, slices.front(), options, out, marks);
  std::size_t size = 0;
  for (std::string_view slice : slices) size += slice.size();
  joined.clear();
  joined.reserve(size);
  for (std::string_view slice : slices) joined.append(slice);
  return write_reply(plan, joined, options, out, marks);
}

}  // namespace marquee::transcode
