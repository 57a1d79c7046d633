#include "libs/transcode/field_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "libs/core/wire.h"
#include "libs/transcode/base64.h"
#include "libs/transcode/json_reader.h"
#include "libs/transcode/timestamp.h"

namespace marquee::transcode {
namespace {

constexpr int kRawJsonDepthMax = 32;

template <typename Real>
Real string_to_real(const std::string& text) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    return std::strtof(text.c_str(), nullptr);
  } else {
    return std::strtod(text.c_str(), nullptr);
  }
}

// `text` is a JSON number.
template <typename Real>
Fit parse_real(std::string_view text, Real& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // Also said of numbers too close to zero, which strtod rounds.
    value = string_to_real<Real>(std::string(text));
    return std::isfinite(value) ? Fit::kOk : Fit::kOutOfRange;
  }
  return error == std::errc{} && end == text.data() + text.size() ? Fit::kOk : Fit::kWrongType;
}

// `text` is a JSON number.
template <typename Integer>
Fit parse_integer(std::string_view text, Integer& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = end == text.data() + text.size();
  if (whole && error == std::errc{}) return Fit::kOk;
  if (whole && error == std::errc::result_out_of_range) return Fit::kOutOfRange;
  constexpr double kExactMax = 9007199254740992.0;  // 2^53: above, a double skips integers
  double real = 0;
  if (Fit fit = parse_real(text, real); fit != Fit::kOk) return fit;
  if (std::trunc(real) != real) return Fit::kWrongType;
  if (std::fabs(real) > kExactMax ||
      real < static_cast<double>(std::numeric_limits<Integer>::min()) ||
      real > static_cast<double>(std::numeric_limits<Integer>::max())) {
    return Fit::kOutOfRange;
  }
  value = static_cast<Integer>(real);
  return Fit::kOk;
}

template <typename Integer, typename Write>
Fit put_integer(std::string_view text, Write write) {
  Integer value = 0;
  Fit fit = parse_integer(text, value);
  if (fit == Fit::kOk) write(value);
  return fit;
}

template <typename Real, typename Bits>
Fit put_real(std::string_view text, std::string& wire) {
  Real value = 0;
  Fit fit = parse_real(text, value);
  if (fit == Fit::kOk) wire::write_fixed(std::bit_cast<Bits>(value), wire);
  return fit;
}

Fit put_timestamp(std::string_view text, std::string& wire) {
  Instant instant;
  if (!parse_timestamp(text, instant)) return Fit::kWrongType;
  wire::LengthPrefix prefix(wire);
  if (instant.seconds != 0) {
    wire += '\x08';
    wire::write_varint(static_cast<std::uint64_t>(instant.seconds), wire);
  }
  if (instant.nanos != 0) {
    wire += '\x10';
    wire::write_varint(static_cast<std::uint64_t>(instant.nanos), wire);
  }
  prefix.close();
  return Fit::kOk;
}

Fit put_bool(std::string_view text, std::string& wire) {
  bool yes = text == "true" || text == "1";
  if (!yes && text != "false" && text != "0") return Fit::kWrongType;
  wire += yes ? '\x01' : '\x00';
  return Fit::kOk;
}

Fit put_enum(const EnumPlan& plan, std::string_view text, std::string& wire) {
  auto it = plan.numbers.find(text);
  if (it == plan.numbers.end()) return Fit::kWrongType;
  wire::write_varint(static_cast<std::uint64_t>(static_cast<std::int64_t>(it->second)), wire);
  return Fit::kOk;
}

Fit put_bytes(std::string_view text, std::string& wire) {
  std::string bytes;
  if (!decode_base64(text, bytes)) return Fit::kWrongType;
  wire::write_bytes(bytes, wire);
  return Fit::kOk;
}

Fit put_string(const FieldPlan& field, std::string_view text, std::string& wire) {
  if (text.find('\0') != std::string_view::npos) return Fit::kNul;
  if (field.raw_json && !is_json(text, kRawJsonDepthMax)) return Fit::kWrongType;
  wire::write_bytes(text, wire);
  if (field.upper) {
    for (auto c = wire.end() - static_cast<std::ptrdiff_t>(text.size()); c != wire.end(); ++c) {
      if (*c >= 'a' && *c <= 'z') *c = static_cast<char>(*c - 32);
    }
  }
  return Fit::kOk;
}

}  // namespace

bool is_integer(Kind kind) {
  return kind >= Kind::kInt32 && kind <= Kind::kSfixed64;
}

bool is_number(Kind kind) {
  return is_integer(kind) || kind == Kind::kFloat || kind == Kind::kDouble;
}

bool empty_is_unset(Kind kind) {
  return is_number(kind) || kind == Kind::kTimestamp;
}

Fit write_number(const FieldPlan& field, std::string_view number, std::string& wire) {
  if (number.empty() || number_length(number) != number.size()) return Fit::kWrongType;
  auto varint = [&](auto value) { wire::write_varint(static_cast<std::uint64_t>(value), wire); };
  auto zigzagged = [&](auto value) { wire::write_varint(wire::zigzag(value), wire); };
  auto fixed = [&](auto value) { wire::write_fixed(value, wire); };
  switch (field.kind) {
    case Kind::kInt32:
      return put_integer<std::int32_t>(
          number, [&](std::int32_t value) { varint(static_cast<std::int64_t>(value)); });
    case Kind::kInt64:
      return put_integer<std::int64_t>(number, varint);
    case Kind::kUint32:
      return put_integer<std::uint32_t>(number, varint);
    case Kind::kUint64:
      return put_integer<std::uint64_t>(number, varint);
    case Kind::kSint32:
      return put_integer<std::int32_t>(number, zigzagged);
    case Kind::kSint64:
      return put_integer<std::int64_t>(number, zigzagged);
    case Kind::kFixed32:
      return put_integer<std::uint32_t>(number, fixed);
    case Kind::kFixed64:
      return put_integer<std::uint64_t>(number, fixed);
    case Kind::kSfixed32:
      return put_integer<std::int32_t>(number, fixed);
    case Kind::kSfixed64:
      return put_integer<std::int64_t>(number, fixed);
    case Kind::kFloat:
      return put_real<float, std::uint32_t>(number, wire);
    case Kind::kDouble:
      return put_real<double, std::uint64_t>(number, wire);
    default:
      return Fit::kWrongType;
  }
}

Fit write_text(const FieldPlan& field, std::string_view text, std::string& wire) {
  switch (field.kind) {
    case Kind::kBool:
      return put_bool(text, wire);
    case Kind::kString:
      return put_string(field, text, wire);
    case Kind::kBytes:
      return put_bytes(text, wire);
    case Kind::kEnum:
      return put_enum(*field.enumeration, text, wire);
    case Kind::kTimestamp:
      return put_timestamp(text, wire);
    case Kind::kMessage:
    case Kind::kMap:
      return Fit::kWrongType;
    default:
      return write_number(field, text, wire);
  }
}

Fit write_path_text(const FieldPlan& field, std::string_view text, std::string& wire) {
  bool canonical = text.find_first_not_of("-0123456789") == std::string_view::npos;
  if (is_integer(field.kind) && !canonical) return Fit::kWrongType;
  return write_text(field, text, wire);
}

std::string expectation(const FieldPlan& field) {
  if (is_integer(field.kind)) return "must be an integer";
  switch (field.kind) {
    case Kind::kBool:
      return "must be true or false";
    case Kind::kString:
      return "must be a string";
    case Kind::kBytes:
      return "must be base64 text";
    case Kind::kTimestamp:
      return "must be a date-time in RFC 3339";
    case Kind::kMessage:
    case Kind::kMap:
      return "must be an object";
    case Kind::kEnum: {
      std::string text = "must be one of: ";
      std::size_t start = text.size();
      for (const auto& [number, name] : field.enumeration->names) {
        if (number == 0 && name == "unspecified") continue;
        if (text.size() > start) text += ", ";
        text += name;
      }
      return text;
    }
    default:
      return "must be a number";
  }
}

std::string display_name(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace marquee::transcode
