// A message type as the transcoder sees it: a flat table by field number for reading the wire, by
// JSON name for writing it. Immutable; owned by Api.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/core/string_map.h"

namespace marquee::transcode {

struct MessagePlan;

enum class Kind : std::uint8_t {
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kSint32,
  kSint64,
  kFixed32,
  kFixed64,
  kSfixed32,
  kSfixed64,
  kFloat,
  kDouble,
  kString,
  kBytes,
  kEnum,
  kMessage,
  kMap,
  kTimestamp,  // google.protobuf.Timestamp: RFC 3339 UTC with "Z"
};

struct EnumPlan {
  // JSON names: without the enum's prefix, lower case.
  std::vector<std::pair<std::int32_t, std::string>> names;  // sorted by number
  StringMap<std::int32_t> numbers;
};

struct FieldPlan {
  std::uint32_t number = 0;
  Kind kind = Kind::kString;
  bool repeated = false;  // a JSON list; false for kMap
  bool packed = false;
  bool optional = false;  // has presence: unset is written as null
  bool hidden = false;    // not written
  bool session_token = false;
  bool loose = false;
  bool secret = false;
  bool raw_json = false;
  bool upper = false;
  bool written = true;  // none of hidden, session_token, status_if_true
  std::uint32_t status_if_true = 0;
  std::uint8_t wire_type = 0;             // of one value: 0 varint, 1 64-bit, 2 length, 5 32-bit
  std::uint32_t tag = 0;                  // number and wire type of one unpacked value
  std::string name;                       // JSON name, snake_case
  std::string alias;                      // second JSON name or empty
  std::string key;                        // `"name":`, ready to append
  std::string alias_key;                  // `"alias":` or empty
  std::string text_from_cache;            // or empty
  std::string unset;                      // the JSON of a value that the wire does not have
  const MessagePlan* message = nullptr;   // kMessage; the entry type (key = 1, value = 2) of kMap
  const EnumPlan* enumeration = nullptr;  // kEnum
};

// What a reply says beside its JSON; see ReplyMarks.
enum class Mark : std::uint8_t { kNone, kStatus, kSessionToken, kNextCursor };

// What writing a member needs to know about its field, within one cache line.
struct WriteStep {
  enum class Shape : std::uint8_t { kSingle, kList, kMap, kUnwritten };

  std::uint32_t tag = 0;     // as in FieldPlan
  std::uint32_t absent = 0;  // where the field begins in MessagePlan::absent
  Kind kind = Kind::kString;
  Shape shape = Shape::kSingle;
  Mark mark = Mark::kNone;
  bool odd = false;           // has an alias or a text for cached answers
  std::uint8_t key_size = 0;  // 0: the key is longer than the block
  // `,"name":`, copied whole whatever its size.
  std::array<char, 32> key = {};
};

struct MessagePlan {
  std::string full_name;
  std::vector<FieldPlan> fields;              // in the order of the .proto file = the JSON's order
  std::vector<std::uint16_t> slot_by_number;  // number -> index + 1 in `fields`; 0 is unknown
  StringMap<std::uint16_t> slot_by_name;      // names and aliases -> index in `fields`

  std::vector<WriteStep> steps;  // of `fields`
  // The members of a message that has nothing: `,"id":0,"title":""`. Those of fields that follow
  // each other are one piece of it.
  std::string absent;
  bool ascending = true;      // the fields are declared in the order of their numbers
  bool has_success = false;   // a field is named "success"
  bool cached_texts = false;  // a field has a text for cached answers

  // Null when unknown.
  const FieldPlan* by_number(std::uint32_t number) const {
    if (number >= slot_by_number.size() || slot_by_number[number] == 0) return nullptr;
    return &fields[slot_by_number[number] - 1u];
  }
  const FieldPlan* by_name(std::string_view name) const {
    auto it = slot_by_name.find(name);
    return it == slot_by_name.end() ? nullptr : &fields[it->second];
  }
};

}  // namespace marquee::transcode
