#include "libs/transcode/reply_writer.h"

#include "libs/transcode/reply_work.h"

namespace marquee::transcode {

// Null when the wire is malformed; `w` from here on is where to write, then the byte behind.
char* ReplyWork::reply(const MessagePlan& plan, std::string_view wire, char* w) {
  limit_ = wire.data() + wire.size();
  if (options_.only == nullptr) return message(plan, wire, w, kDepthMax, options_.success_flag);
  FieldPlaces places(plan);
  if (!places.scan(wire) || !read_marks(plan, places)) return nullptr;
  return field(*options_.only, places.of(*options_.only), places.end(), w, kDepthMax,
               options_.success_flag);
}

char* ReplyWork::message(const MessagePlan& plan, std::string_view wire, char* w, int depth,
                         bool success) {
  if (depth == 0) return nullptr;
  if (success && plan.has_success) success = false;
  if (plan.ascending && in_order_) return ordered(plan, wire, w, depth, success);
  return scanned(plan, wire, w, depth, success);
}

bool write_reply(const MessagePlan& plan, std::string_view wire, const ReplyOptions& options,
                 std::string& out, ReplyMarks& marks) {
  JsonSink sink(out, wire.size() * 2 + 256);
  const ReplyMarks before = marks;
  char* w = ReplyWork(options, sink, marks, true).reply(plan, wire, sink.begin());
  if (w == nullptr) {
    marks = before;
    w = ReplyWork(options, sink, marks, false).reply(plan, wire, sink.begin());
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
