#include "tests/unit/transcode/random_message.h"

#include <array>
#include <bit>
#include <cmath>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

namespace marquee::transcode {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void RandomMessage::fill(Message& message, int depth) {
  if (message.GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
    auto& at = dynamic_cast<google::protobuf::Timestamp&>(message);
    at.set_seconds(static_cast<std::int64_t>(below(300'000'000'000)) - 60'000'000'000);
    constexpr std::array<int, 4> kNanos = {0, 120'000'000, 1'000, 999'999'999};
    at.set_nanos(kNanos[below(kNanos.size())]);
    return;
  }
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (depth == 0 && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (flip()) continue;
    if (!field.is_repeated()) {
      set(message, field, depth);
      continue;
    }
    for (std::size_t count = below(5); count > 0; --count) add(message, field, depth);
  }
}

void RandomMessage::set(Message& message, const FieldDescriptor& field, int depth) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&message, &field, flip());
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field, static_cast<std::int32_t>(integer()));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&message, &field, integer());
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(integer()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(integer()));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.SetFloat(&message, &field, narrow_real());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(&message, &field, real());
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(&message, &field,
                                  field.type() == FieldDescriptor::TYPE_BYTES ? bytes() : text());
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.SetEnumValue(&message, &field, enum_number(field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(*reflection.MutableMessage(&message, &field), depth - 1);
  }
}

void RandomMessage::add(Message& message, const FieldDescriptor& field, int depth) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.AddBool(&message, &field, flip());
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.AddInt32(&message, &field, static_cast<std::int32_t>(integer()));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.AddInt64(&message, &field, integer());
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.AddUInt32(&message, &field, static_cast<std::uint32_t>(integer()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.AddUInt64(&message, &field, static_cast<std::uint64_t>(integer()));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.AddFloat(&message, &field, narrow_real());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.AddDouble(&message, &field, real());
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.AddString(&message, &field,
                                  field.type() == FieldDescriptor::TYPE_BYTES ? bytes() : text());
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.AddEnumValue(&message, &field, enum_number(field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(*reflection.AddMessage(&message, &field), depth - 1);
  }
}

std::int64_t RandomMessage::integer() {
  auto bits = static_cast<std::int64_t>(random_());
  constexpr std::array<int, 6> kShifts = {0, 1, 20, 33, 56, 63};
  return bits >> kShifts[below(kShifts.size())];
}

double RandomMessage::real() {
  if (flip()) return static_cast<double>(integer() % 1'000'000) / 100;
  while (true) {
    auto value = std::bit_cast<double>(random_());
    if (std::isfinite(value)) return value + 0.0;
  }
}

// Not -0, which other readers of JSON take for an integer.
float RandomMessage::narrow_real() {
  return static_cast<float>(std::fmod(real(), 1e30)) + 0.0f;
}

std::string RandomMessage::text() {
  static const std::array<std::string, 9> pieces = {
      "a", "film", "\"", "\\", "\n", "\x1f", "\xC3\xA9", "\xE6\x98\xA0", "\xF0\x9F\x8E\xAC"};
  std::string text;
  for (std::size_t count = below(flip() ? 4 : 60); count > 0; --count) {
    text += pieces[flip() ? below(2) : below(pieces.size())];
  }
  return text;
}

std::string RandomMessage::bytes() {
  std::string bytes(below(40), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_());
  return bytes;
}

int RandomMessage::enum_number(const FieldDescriptor& field) {
  const auto& type = *field.enum_type();
  return type.value(static_cast<int>(below(static_cast<std::size_t>(type.value_count()))))
      ->number();
}

}  // namespace marquee::transcode
