// Protobuf wire form of a reply -> JSON, without instantiating messages.
//
// Mapping (architecture.md): snake_case names; 64-bit integers are numbers; an unset `optional` is
// null, everything else is always present; Timestamp is RFC 3339 UTC; enum values are names without
// prefix in lower case; bytes are base64; NaN and infinity are refused. Fields may come in any
// order, repeated ones packed or not and interleaved; the last of a singular field wins; split
// singular messages merge. Input is trusted less than our own services: malformed wire returns
// false and writes nothing usable, nesting is bounded (64), strings are checked for UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libs/transcode/message_plan.h"

namespace marquee::transcode {

// What a reply says beside its JSON.
struct ReplyMarks {
  std::uint32_t status = 0;        // of a true `status_if_true` field; 0: none
  std::string_view session_token;  // view into the wire
  std::string_view next_cursor;    // of a string field named next_cursor; view into the wire
};

struct ReplyOptions {
  const FieldPlan* only = nullptr;  // response_body: write this field's value alone
  bool success_flag = false;        // object bodies start with "success":true
  bool from_cache = false;          // text_from_cache replaces its fields' values
};

// Appends JSON of `wire` (a message of `plan`) to `out`. False: malformed; `out` is then restored
// to its former length.
bool write_reply(const MessagePlan& plan, std::string_view wire, const ReplyOptions& options,
                 std::string& out, ReplyMarks& marks);

// The same for a reply that came in several slices. Strings and varints may lie across their
// borders, which a reader would have to ask for at every byte: copying a page costs a fiftieth of
// writing it. So this is the one place where slices are joined, in `joined`; a single one is read
// where it lies. The marks view into the slice or into `joined`.
bool write_reply(const MessagePlan& plan, std::span<const std::string_view> slices,
                 const ReplyOptions& options, std::string& joined, std::string& out,
                 ReplyMarks& marks);

// Appends `text` as a JSON string with quotes. False when it is not UTF-8 (nothing appended).
bool append_json_string(std::string_view text, std::string& out);
bool is_utf8(std::string_view text);

}  // namespace marquee::transcode
