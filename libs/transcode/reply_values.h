// The JSON of values that are no messages: numbers, text, enums, date-times. A part of the reply
// writer; the functions follow json_text.h's rule of `w`.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "libs/core/wire.h"
#include "libs/transcode/json_text.h"
#include "libs/transcode/message_plan.h"

namespace marquee::transcode {

// Room for kNumberTextMax is the caller's business; names of enums ask for their own.
char* put_enum(JsonSink& sink, char* w, const EnumPlan& plan, std::int32_t number);
char* put_timestamp(JsonSink& sink, char* w, std::string_view wire);
char* put_base64(JsonSink& sink, char* w, std::string_view bytes);
// What is not JSON is written as null.
char* put_raw_json(JsonSink& sink, char* w, std::string_view text);

inline char* put_varint(JsonSink& sink, char* w, const FieldPlan& plan, std::uint64_t bits) {
  switch (plan.kind) {
    case Kind::kBool:
      return put_text(w, bits != 0 ? std::string_view("true") : std::string_view("false"));
    case Kind::kInt32:
      return put_integer(w, static_cast<std::int32_t>(bits));
    case Kind::kUint32:
      return put_integer(w, static_cast<std::uint32_t>(bits));
    case Kind::kSint32:
      return put_integer(
          w, static_cast<std::int32_t>(wire::unzigzag(static_cast<std::uint32_t>(bits))));
    case Kind::kInt64:
      return put_integer(w, static_cast<std::int64_t>(bits));
    case Kind::kSint64:
      return put_integer(w, wire::unzigzag(bits));
    case Kind::kEnum:
      return put_enum(sink, w, *plan.enumeration, static_cast<std::int32_t>(bits));
    default:
      return put_integer(w, bits);
  }
}

inline char* put_fixed64(char* w, Kind kind, std::uint64_t bits) {
  if (kind == Kind::kDouble) return put_real(w, std::bit_cast<double>(bits));
  if (kind == Kind::kSfixed64) return put_integer(w, static_cast<std::int64_t>(bits));
  return put_integer(w, bits);
}

inline char* put_fixed32(char* w, Kind kind, std::uint32_t bits) {
  if (kind == Kind::kFloat) return put_real(w, std::bit_cast<float>(bits));
  if (kind == Kind::kSfixed32) return put_integer(w, static_cast<std::int32_t>(bits));
  return put_integer(w, bits);
}

}  // namespace marquee::transcode
