// Where the wire form of one message has its fields, found in one scan: for messages whose fields
// come in any order, in parts or more than once. Views into memory that the caller owns.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/core/wire.h"
#include "libs/transcode/message_plan.h"

namespace marquee::transcode {

struct FieldPlace {
  const char* first;  // the first occurrence's tag
  // Repeated and map: the end of the last occurrence; singular: its value, behind the tag.
  const char* last;
  std::uint32_t count;
};

inline bool is_list(const FieldPlan& field) {
  return field.repeated || field.kind == Kind::kMap;
}

class FieldPlaces {
 public:
  explicit FieldPlaces(const MessagePlan& plan) : plan_(plan) {
    std::size_t size = plan.fields.size();
    places_ = inline_.data();
    if (size > kInlineMax) {
      heap_.resize(size);
      places_ = heap_.data();
    }
    std::fill_n(places_, size, FieldPlace{});
  }
  FieldPlaces(const FieldPlaces&) = delete;
  FieldPlaces& operator=(const FieldPlaces&) = delete;

  // False when the wire is malformed. A field of another wire type than declared is unknown, as it
  // is to protobuf itself.
  bool scan(std::string_view wire) {
    const char* p = wire.data();
    end_ = p + wire.size();
    while (p != end_) {
      const char* start = p;
      std::uint32_t tag = 0;
      if ((p = wire::read_tag(p, end_, tag)) == nullptr) return false;
      const char* value = p;
      if ((p = wire::skip_value(p, end_, tag & 7)) == nullptr) return false;
      const FieldPlan* field = plan_.by_number(tag >> 3);
      if (field == nullptr) continue;
      bool list = is_list(*field);
      if (tag != field->tag && !(list && (tag & 7) == wire::kBytes)) continue;
      FieldPlace& place = places_[field - plan_.fields.data()];
      if (place.count++ == 0) place.first = start;
      place.last = list ? p : value;
    }
    return true;
  }

  const FieldPlace& operator[](std::size_t index) const { return places_[index]; }
  const FieldPlace& of(const FieldPlan& field) const {
    return places_[&field - plan_.fields.data()];
  }
  const char* end() const { return end_; }

 private:
  static constexpr std::size_t kInlineMax = 64;

  const MessagePlan& plan_;
  FieldPlace* places_;
  const char* end_ = nullptr;
  std::vector<FieldPlace> heap_;
  std::array<FieldPlace, kInlineMax>
      inline_;  // only as many as the plan has fields are initialised
};

// Calls back for each occurrence of the field in [p, end), which is known to be well formed at this
// level, with its tag and a pointer that the callback moves behind the value. False when a callback
// was, or left null.
template <typename Callback>
bool for_each_occurrence(const FieldPlan& plan, const char* p, const char* end, Callback callback) {
  while (p != end) {
    std::uint32_t tag = 0;
    p = wire::read_tag(p, end, tag);
    if (tag >> 3 != plan.number) {
      p = wire::skip_value(p, end, tag & 7);
    } else if (!callback(tag, p) || p == nullptr) {
      return false;
    }
  }
  return true;
}

}  // namespace marquee::transcode
