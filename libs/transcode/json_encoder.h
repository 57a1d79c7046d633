// JSON text -> wire of one message or one field, in one pass over the text. One object encodes one
// text; what it writes is only good when the call returned true.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/transcode/field_text.h"
#include "libs/transcode/json_reader.h"
#include "libs/transcode/message_plan.h"
#include "libs/transcode/request_encoder.h"

namespace marquee::transcode {

// Where the members of one object lie on the wire, so that a repeated name can replace what its
// first occurrence wrote.
class Members {
 public:
  explicit Members(std::size_t fields);

  bool seen(std::size_t index) const { return extents_[index].seen; }
  // Removes what the field has written.
  void drop(std::size_t index, std::string& wire);
  void set(std::size_t index, std::size_t begin, std::size_t end) {
    extents_[index] = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), true};
  }

 private:
  struct Extent {
    std::uint32_t begin;
    std::uint32_t end;
    bool seen;
  };
  static constexpr std::size_t kInlineMax = 48;

  std::size_t size_;
  std::array<Extent, kInlineMax> inline_;
  std::vector<Extent> heap_;
  Extent* extents_;
};

class JsonEncoder {
 public:
  static constexpr int kDepthMax = 32;

  // Appends to `wire`. Both outlive the encoder.
  JsonEncoder(std::string_view json, std::string& wire) : in_(json, kDepthMax), wire_(wire) {}

  // The whole text is an object of `plan`; `members` (of plan.fields.size()) tells what it named.
  bool encode_message(const MessagePlan& plan, Members& members);
  // The whole text is the value of `field`.
  bool encode_field(const FieldPlan& field);

  RequestError error() const;

 private:
  bool object(const MessagePlan& plan, Members& members);
  bool field(const FieldPlan& field);
  bool list(const FieldPlan& field);
  bool elements(const FieldPlan& field);
  bool map(const FieldPlan& field);
  // One value that is not null. `tagged`: its tag goes before it; `element`: of a list or a map.
  bool value(const FieldPlan& field, JsonType type, bool tagged, bool element);
  bool message(const FieldPlan& field);
  bool text(const FieldPlan& field, bool element, std::size_t start);

  bool check(Fit fit, const FieldPlan& field);
  bool reject(const char* reason, std::string what);
  // Failures build their path from the inside out.
  bool inside(std::string_view name);
  bool inside(std::size_t index);

  JsonReader in_;
  std::string& wire_;
  std::string scratch_;
  const char* reason_ = "";
  std::string what_;
  std::string path_;
};

}  // namespace marquee::transcode
