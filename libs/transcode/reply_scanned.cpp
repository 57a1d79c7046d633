#include "libs/core/wire.h"
#include "libs/transcode/reply_work.h"

namespace marquee::transcode {

bool ReplyWork::read_marks(const MessagePlan& plan, const FieldPlaces& places) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    Mark mark = plan.steps[i].mark;
    if (mark == Mark::kNone || places[i].count == 0) continue;
    if (!note(mark, plan.fields[i], places[i].last, places.end())) return false;
  }
  return true;
}

char* ReplyWork::scanned(const MessagePlan& plan, std::string_view wire, char* w, int depth,
                         bool success) {
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
char* ReplyWork::field(const FieldPlan& plan, const FieldPlace& place, const char* end, char* w,
                       int depth, bool success) {
  if (place.count == 0 || (options_.from_cache && !plan.text_from_cache.empty())) {
    return unset(plan, w);
  }
  if (plan.repeated) return scattered_list(plan, place, w, depth);
  if (plan.kind == Kind::kMap) return scattered_map(plan, place, w, depth);
  bool mergeable = plan.kind == Kind::kMessage || plan.kind == Kind::kTimestamp;
  if (mergeable && place.count > 1) return merged(plan, place, end, w, depth, success);
  if (plan.kind != Kind::kMessage) return single(plan, place.last, end, w, depth);
  std::string_view bytes;
  wire::read_length(place.last, end, bytes);
  return message(*plan.message, bytes, w, depth - 1, success);
}

// Parts of one message that came apart: protobuf merges them, which is what their bytes one
// behind the other mean.
char* ReplyWork::merged(const FieldPlan& plan, const FieldPlace& place, const char* end, char* w,
                        int depth, bool success) {
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

char* ReplyWork::scattered_list(const FieldPlan& plan, const FieldPlace& place, char* w,
                                int depth) {
  const char* const end = place.last;
  w = put(w, "[");
  const std::size_t begin = sink_.offset(w);
  auto occurrence = [&](std::uint32_t tag, const char*& p) {
    if (tag != plan.tag && (tag & 7) != wire::kBytes) {
      p = wire::skip_value(p, end, tag & 7);
      return true;
    }
    Heads heads = one_of_list(plan, tag, p, end, w, depth, begin);
    p = heads.p;
    w = heads.w;
    return w != nullptr;
  };
  return for_each_occurrence(plan, place.first, end, occurrence) ? put(w, "]") : nullptr;
}

char* ReplyWork::scattered_map(const FieldPlan& plan, const FieldPlace& place, char* w, int depth) {
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

}  // namespace marquee::transcode
