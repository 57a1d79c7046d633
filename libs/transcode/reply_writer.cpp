#include "libs/transcode/reply_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "libs/transcode/base64.h"
#include "libs/transcode/json_reader.h"
#include "libs/transcode/json_sink.h"
#include "libs/transcode/timestamp.h"
#include "libs/transcode/wire.h"

namespace marquee::transcode {
namespace {

constexpr int kDepthMax = 64;
constexpr int kRawJsonDepthMax = 64;

// Where a message has one of its fields.
struct Place {
  const char* first;  // the first occurrence's tag
  // Repeated and map: the end of the last occurrence; singular: its value, behind the tag.
  const char* last;
  std::uint32_t count;
};

bool is_list(const FieldPlan& field) {
  return field.repeated || field.kind == Kind::kMap;
}

// The fields of one message level, found in one scan.
class Level {
 public:
  explicit Level(const MessagePlan& plan) : plan_(plan) {
    std::size_t size = plan.fields.size();
    places_ = inline_.data();
    if (size > kInlineMax) {
      heap_.resize(size);
      places_ = heap_.data();
    }
    std::fill_n(places_, size, Place{});
  }

  // False when the wire is malformed. A field of another wire type than declared is unknown, as it
  // is to protobuf itself.
  bool scan(std::string_view wire) {
    const char* p = wire.data();
    end_ = p + wire.size();
    const std::uint16_t* slots = plan_.slot_by_number.data();
    const std::size_t slot_count = plan_.slot_by_number.size();
    while (p != end_) {
      const char* start = p;
      std::uint32_t tag = 0;
      if ((p = read_tag(p, end_, tag)) == nullptr) return false;
      const char* value = p;
      if ((p = skip_value(p, end_, tag & 7)) == nullptr) return false;
      std::size_t slot = tag >> 3 < slot_count ? slots[tag >> 3] : 0;
      if (slot == 0) continue;
      const FieldPlan& field = plan_.fields[slot - 1];
      bool list = is_list(field);
      if (tag != field.tag && !(list && (tag & 7) == kWireLength)) continue;
      Place& place = places_[slot - 1];
      if (place.count++ == 0) place.first = start;
      place.last = list ? p : value;
    }
    return true;
  }

  const Place& operator[](std::size_t index) const { return places_[index]; }
  const Place& of(const FieldPlan& field) const { return places_[&field - plan_.fields.data()]; }
  const char* end() const { return end_; }

 private:
  static constexpr std::size_t kInlineMax = 64;

  const MessagePlan& plan_;
  Place* places_;
  const char* end_ = nullptr;
  std::vector<Place> heap_;
  std::array<Place, kInlineMax> inline_;  // only as many as the plan has fields are initialised
};

class Writer {
 public:
  Writer(const ReplyOptions& options, JsonSink& out) : options_(options), out_(out) {}

  bool reply(const MessagePlan& plan, std::string_view wire, ReplyMarks& marks) {
    Level level(plan);
    if (!level.scan(wire) || !read_marks(plan, level, marks)) return false;
    if (options_.only != nullptr) {
      return field(*options_.only, level.of(*options_.only), level.end(), kDepthMax,
                   options_.success_flag);
    }
    return object(plan, level, kDepthMax, options_.success_flag);
  }

 private:
  static bool read_marks(const MessagePlan& plan, const Level& level, ReplyMarks& marks) {
    for (std::size_t i = 0; i < plan.fields.size(); ++i) {
      const FieldPlan& field = plan.fields[i];
      const Place& place = level[i];
      if (place.count == 0 || field.repeated) continue;
      if (field.status_if_true != 0) {
        std::uint64_t flag = 0;
        read_varint(place.last, level.end(), flag);
        if (flag != 0) marks.status = field.status_if_true;
      } else if (field.kind == Kind::kString &&
                 (field.session_token || field.name == "next_cursor")) {
        std::string_view text;
        read_length(place.last, level.end(), text);
        if (!is_utf8(text)) return false;
        (field.session_token ? marks.session_token : marks.next_cursor) = text;
      }
    }
    return true;
  }

  bool message(const MessagePlan& plan, std::string_view wire, int depth, bool success = false) {
    if (depth == 0) return false;
    Level level(plan);
    return level.scan(wire) && object(plan, level, depth, success);
  }

  // Every member starts with a comma; the first one's becomes the brace.
  bool object(const MessagePlan& plan, const Level& level, int depth, bool success) {
    std::size_t begin = out_.offset();
    if (success && plan.by_name("success") == nullptr) out_.append(",\"success\":true");
    for (std::size_t i = 0; i < plan.fields.size(); ++i) {
      const FieldPlan& member = plan.fields[i];
      if (!member.written) continue;
      if (member.member_size != 0) {
        out_.reserve(member.member_block.size());
        out_.put_block(member.member_block, member.member_size);
      } else {
        out_.append(',');
        out_.append(member.key);
      }
      std::size_t value_begin = out_.offset();
      if (!field(member, level[i], level.end(), depth, false)) return false;
      if (member.alias_key.empty()) continue;
      std::size_t value_end = out_.offset();
      out_.append(',');
      out_.append(member.alias_key);
      out_.repeat(value_begin, value_end);
    }
    if (out_.offset() == begin) {
      out_.append("{}");
      return true;
    }
    out_.at(begin) = '{';
    out_.append('}');
    return true;
  }

  bool field(const FieldPlan& plan, const Place& place, const char* end, int depth, bool success) {
    if (options_.from_cache && !plan.text_from_cache.empty()) {
      return out_.string(plan.text_from_cache);
    }
    if (place.count == 0) {
      out_.append(plan.unset);
      return true;
    }
    if (plan.repeated) return list(plan, place, depth);
    if (plan.kind == Kind::kMap) return map(plan, place, depth);
    const char* p = place.last;
    if (plan.kind == Kind::kMessage || plan.kind == Kind::kTimestamp) {
      std::string merged;
      std::string_view bytes;
      if (place.count > 1) {
        merged = merge(plan, place, end);
        bytes = merged;
      } else if (read_length(p, end, bytes) == nullptr) {
        return false;
      }
      if (plan.kind == Kind::kTimestamp) return timestamp(bytes);
      return message(*plan.message, bytes, depth - 1, success);
    }
    return value(plan, p, end, depth) != nullptr;
  }

  // Parts of one message that came apart: protobuf merges them, which is what their bytes one
  // behind the other mean.
  static std::string merge(const FieldPlan& plan, const Place& place, const char* end) {
    std::string merged;
    for_each(plan, place.first, end, [&](std::uint32_t tag, const char*& p, const char* stop) {
      std::string_view part;
      if (tag == plan.tag && read_length(p, stop, part) != nullptr) merged.append(part);
      p = skip_value(p, stop, tag & 7);
      return true;
    });
    return merged;
  }

  // Calls back for each occurrence of the field in [p, end), which is known to be well formed at
  // this level; the callback moves its pointer behind the value.
  template <typename Callback>
  static bool for_each(const FieldPlan& plan, const char* p, const char* end, Callback callback) {
    while (p != end) {
      std::uint32_t tag = 0;
      p = read_tag(p, end, tag);
      if (tag >> 3 != plan.number) {
        p = skip_value(p, end, tag & 7);
      } else if (!callback(tag, p, end) || p == nullptr) {
        return false;
      }
    }
    return true;
  }

  bool list(const FieldPlan& plan, const Place& place, int depth) {
    out_.append('[');
    std::size_t begin = out_.offset();
    auto element = [&](const char*& p, const char* end) {
      if (out_.offset() != begin) out_.append(',');
      p = value(plan, p, end, depth);
      return p != nullptr;
    };
    bool good = for_each(plan, place.first, place.last,
                         [&](std::uint32_t tag, const char*& p, const char* end) {
                           if (tag == plan.tag) return element(p, end);
                           std::string_view packed;
                           if ((tag & 7) != kWireLength) {
                             p = skip_value(p, end, tag & 7);
                             return true;
                           }
                           p = read_length(p, end, packed);
                           const char* q = packed.data();
                           const char* const stop = q + packed.size();
                           while (q != stop) {
                             if (!element(q, stop)) return false;
                           }
                           return true;
                         });
    if (!good) return false;
    out_.append(']');
    return true;
  }

  bool map(const FieldPlan& plan, const Place& place, int depth) {
    if (depth <= 1) return false;
    std::size_t begin = out_.offset();
    const FieldPlan& value_plan = *plan.message->by_number(2);
    bool good = for_each(plan, place.first, place.last,
                         [&](std::uint32_t tag, const char*& p, const char* end) {
                           std::string_view entry;
                           const char* value_start = p;
                           p = skip_value(p, end, tag & 7);
                           if (tag != plan.tag) return true;
                           read_length(value_start, end, entry);
                           return map_entry(plan, value_plan, entry, depth - 1);
                         });
    if (!good) return false;
    if (out_.offset() == begin) {
      out_.append("{}");
      return true;
    }
    out_.at(begin) = '{';
    out_.append('}');
    return true;
  }

  bool map_entry(const FieldPlan& plan, const FieldPlan& value_plan, std::string_view entry,
                 int depth) {
    Level level(*plan.message);
    if (!level.scan(entry)) return false;
    std::string_view key;
    if (level[0].count > 0) read_length(level[0].last, level.end(), key);
    out_.append(',');
    if (!out_.string(key)) return false;
    out_.append(':');
    if (level[1].count > 0) return field(value_plan, level[1], level.end(), depth, false);
    if (value_plan.kind == Kind::kMessage) return message(*value_plan.message, {}, depth - 1);
    if (value_plan.kind == Kind::kTimestamp) return timestamp({});
    out_.append(value_plan.unset);
    return true;
  }

  // Writes the value at `p`; returns the byte behind it, null when it is malformed.
  const char* value(const FieldPlan& plan, const char* p, const char* end, int depth) {
    switch (plan.wire_type) {
      case kWireVarint: {
        std::uint64_t bits = 0;
        if ((p = read_varint(p, end, bits)) != nullptr) varint(plan, bits);
        return p;
      }
      case kWire64: {
        std::uint64_t bits = 0;
        p = read_fixed(p, end, bits);
        return p != nullptr && fixed64(plan, bits) ? p : nullptr;
      }
      case kWire32: {
        std::uint32_t bits = 0;
        p = read_fixed(p, end, bits);
        return p != nullptr && fixed32(plan, bits) ? p : nullptr;
      }
      default: {
        std::string_view bytes;
        p = read_length(p, end, bytes);
        return p != nullptr && length(plan, bytes, depth) ? p : nullptr;
      }
    }
  }

  void varint(const FieldPlan& plan, std::uint64_t bits) {
    switch (plan.kind) {
      case Kind::kBool:
        out_.append(bits != 0 ? std::string_view("true") : std::string_view("false"));
        return;
      case Kind::kInt32:
        out_.integer(static_cast<std::int32_t>(bits));
        return;
      case Kind::kUint32:
        out_.integer(static_cast<std::uint32_t>(bits));
        return;
      case Kind::kSint32:
        out_.integer(static_cast<std::int32_t>(unzigzag(static_cast<std::uint32_t>(bits))));
        return;
      case Kind::kInt64:
        out_.integer(static_cast<std::int64_t>(bits));
        return;
      case Kind::kSint64:
        out_.integer(unzigzag(bits));
        return;
      case Kind::kEnum:
        enumeration(*plan.enumeration, static_cast<std::int32_t>(bits));
        return;
      default:
        out_.integer(bits);
    }
  }

  bool fixed64(const FieldPlan& plan, std::uint64_t bits) {
    if (plan.kind == Kind::kDouble) return out_.real(std::bit_cast<double>(bits));
    if (plan.kind == Kind::kSfixed64) {
      out_.integer(static_cast<std::int64_t>(bits));
    } else {
      out_.integer(bits);
    }
    return true;
  }

  bool fixed32(const FieldPlan& plan, std::uint32_t bits) {
    if (plan.kind == Kind::kFloat) return out_.real(std::bit_cast<float>(bits));
    if (plan.kind == Kind::kSfixed32) {
      out_.integer(static_cast<std::int32_t>(bits));
    } else {
      out_.integer(bits);
    }
    return true;
  }

  bool length(const FieldPlan& plan, std::string_view bytes, int depth) {
    switch (plan.kind) {
      case Kind::kString:
        return plan.raw_json ? raw_json(bytes) : out_.string(bytes);
      case Kind::kTimestamp:
        return timestamp(bytes);
      case Kind::kMessage:
        return message(*plan.message, bytes, depth - 1);
      default: {
        std::string text;
        append_base64(bytes, text);
        return out_.string(text);
      }
    }
  }

  bool raw_json(std::string_view text) {
    out_.append(is_json(text, kRawJsonDepthMax) ? text : std::string_view("null"));
    return true;
  }

  // A number that this build has no name for (a newer service's) is written as the number.
  void enumeration(const EnumPlan& plan, std::int32_t number) {
    auto less = [](const auto& entry, std::int32_t wanted) { return entry.first < wanted; };
    auto it = std::lower_bound(plan.names.begin(), plan.names.end(), number, less);
    if (it == plan.names.end() || it->first != number) {
      out_.integer(number);
      return;
    }
    out_.append('"');
    out_.append(it->second);
    out_.append('"');
  }

  bool timestamp(std::string_view wire) {
    Instant instant;
    const char* p = wire.data();
    const char* const end = p + wire.size();
    while (p != end) {
      std::uint32_t tag = 0;
      if ((p = read_tag(p, end, tag)) == nullptr) return false;
      const char* start = p;
      if ((p = skip_value(p, end, tag & 7)) == nullptr) return false;
      if (tag != 0x08 && tag != 0x10) continue;
      std::uint64_t bits = 0;
      read_varint(start, end, bits);
      if (tag == 0x08) instant.seconds = static_cast<std::int64_t>(bits);
      if (tag == 0x10) instant.nanos = static_cast<std::int32_t>(bits);
    }
    char text[kTimestampTextMax];
    std::size_t size = format_timestamp(instant, text);
    if (size == 0) return false;
    out_.reserve(size + 2);
    out_.put('"');
    out_.append({text, size});
    out_.append('"');
    return true;
  }

  const ReplyOptions& options_;
  JsonSink& out_;
};

}  // namespace

bool write_reply(const MessagePlan& plan, std::string_view wire, const ReplyOptions& options,
                 std::string& out, ReplyMarks& marks) {
  JsonSink sink(out, wire.size() * 2 + 256);
  Writer writer(options, sink);
  if (!writer.reply(plan, wire, marks)) {
    sink.abandon();
    return false;
  }
  sink.finish();
  return true;
}

}  // namespace marquee::transcode
