#include "libs/core/wire.h"
#include "libs/transcode/reply_work.h"

namespace marquee::transcode {
namespace {

using Shape = WriteStep::Shape;

// Of the field with this tag, or a list that may as well be packed; else plan.steps.size().
inline std::size_t index_of(const MessagePlan& plan, std::uint32_t tag) {
  const FieldPlan* field = plan.by_number(tag >> 3);
  if (field == nullptr) return plan.steps.size();
  bool packed = is_list(*field) && (tag & 7) == wire::kBytes;
  if (tag != field->tag && !packed) return plan.steps.size();
  return static_cast<std::size_t>(field - plan.fields.data());
}

// Behind the tag at `p` when it is one of this list; else null.
inline const char* next_occurrence(const FieldPlan& plan, const char* p, const char* end,
                                   std::uint32_t& tag) {
  if (p == end) return nullptr;
  std::uint32_t next = 0;
  p = wire::read_tag(p, end, next);
  if (p == nullptr || next >> 3 != plan.number) return nullptr;
  if (next != plan.tag && (next & 7) != wire::kBytes) return nullptr;
  tag = next;
  return p;
}

}  // namespace

[[gnu::always_inline]] inline char* ReplyWork::length(const FieldPlan& plan, std::string_view bytes,
                                                      char* w, int depth) {
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

// The value at `p`, of whatever kind.
[[gnu::always_inline]] inline ReplyWork::Heads ReplyWork::value(const FieldPlan& plan,
                                                                const char* p, const char* end,
                                                                char* w, int depth) {
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

inline ReplyWork::Heads ReplyWork::element(const FieldPlan& plan, const char* p, const char* end,
                                           char* w, int depth, std::size_t list_begin) {
  if (sink_.offset(w) != list_begin) {
    w = sink_.room(w, 1);
    *w++ = ',';
  }
  return value(plan, p, end, w, depth);
}

inline ReplyWork::Heads ReplyWork::packed(const FieldPlan& plan, const char* p, const char* end,
                                          char* w, int depth, std::size_t list_begin) {
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

// The occurrences that follow each other from `p`, which is behind the first one's tag.
inline ReplyWork::Heads ReplyWork::list(const FieldPlan& plan, std::uint32_t tag, const char* p,
                                        const char* end, char* w, int depth) {
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

inline ReplyWork::Heads ReplyWork::map(const FieldPlan& plan, const char* p, const char* end,
                                       char* w, int depth) {
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

// All that the wire has of the field from `p` on.
[[gnu::always_inline]] inline ReplyWork::Heads ReplyWork::whole_value(
    const MessagePlan& plan, std::size_t at, std::uint32_t tag, const char* p, const char* end,
    char* w, int depth) {
  const FieldPlan& field = plan.fields[at];
  Shape shape = plan.steps[at].shape;
  if (shape == Shape::kSingle) return value(field, p, end, w, depth);
  if (shape == Shape::kList) return list(field, tag, p, end, w, depth);
  return map(field, p, end, w, depth);
}

[[gnu::noinline]] ReplyWork::Heads ReplyWork::odd_member(const MessagePlan& plan, std::size_t at,
                                                         std::uint32_t tag, const char* p,
                                                         const char* end, char* w, int depth) {
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

// The member of a field whose first value is at `p`, behind its tag.
[[gnu::always_inline]] inline ReplyWork::Heads ReplyWork::member(const MessagePlan& plan,
                                                                 std::size_t at, std::uint32_t tag,
                                                                 const char* p, const char* end,
                                                                 char* w, int depth) {
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

// The members of the fields [from, to), which the wire does not have.
[[gnu::always_inline]] inline char* ReplyWork::absent(const MessagePlan& plan, std::size_t from,
                                                      std::size_t to, char* w) {
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

char* ReplyWork::ordered(const MessagePlan& plan, std::string_view wire, char* w, int depth,
                         bool success) {
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

ReplyWork::Heads ReplyWork::one_of_list(const FieldPlan& plan, std::uint32_t tag, const char* p,
                                        const char* end, char* w, int depth,
                                        std::size_t list_begin) {
  return tag == plan.tag ? element(plan, p, end, w, depth, list_begin)
                         : packed(plan, p, end, w, depth, list_begin);
}

char* ReplyWork::single(const FieldPlan& plan, const char* p, const char* end, char* w, int depth) {
  return value(plan, p, end, w, depth).w;
}

char* ReplyWork::map_entry(const FieldPlan& plan, std::string_view entry, char* w, int depth) {
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
bool ReplyWork::note(Mark mark, const FieldPlan& field, const char* p, const char* end) {
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

}  // namespace marquee::transcode
