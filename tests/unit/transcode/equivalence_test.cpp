// The transcoder against protobuf's own reflection, over random messages.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <deque>
#include <map>

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>
#include <nlohmann/json.hpp>

#include "libs/core/wire.h"
#include "libs/transcode/base64.h"
#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"
#include "tests/catch.h"
#include "tests/unit/transcode/random_message.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::json;
using testapi::v1::Everything;

constexpr int kRounds = 400;

Json expected(const Message& message);

std::string enum_name(const google::protobuf::EnumValueDescriptor& value) {
  std::string name = value.name().substr(std::string("PROJECT_TYPE_").size());
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// What a reader of JSON, who knows doubles only, makes of a float's shortest text.
double shortest(float value) {
  char text[64] = {};
  std::to_chars(text, text + sizeof text, value);
  return std::strtod(text, nullptr);
}

Json message_json(const Message& message) {
  if (message.GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
    google::protobuf::Timestamp at;
    at.CopyFrom(message);
    return google::protobuf::util::TimeUtil::ToString(at);
  }
  return expected(message);
}

// `index` below 0: the singular value.
Json value_json(const Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const auto* f = &field;
  bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? r.GetBool(message, f) : r.GetRepeatedBool(message, f, index);
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? r.GetInt32(message, f) : r.GetRepeatedInt32(message, f, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? r.GetInt64(message, f) : r.GetRepeatedInt64(message, f, index);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? r.GetUInt32(message, f) : r.GetRepeatedUInt32(message, f, index);
    case FieldDescriptor::CPPTYPE_UINT64:
      return one ? r.GetUInt64(message, f) : r.GetRepeatedUInt64(message, f, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return shortest(one ? r.GetFloat(message, f) : r.GetRepeatedFloat(message, f, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? r.GetDouble(message, f) : r.GetRepeatedDouble(message, f, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return enum_name(one ? *r.GetEnum(message, f) : *r.GetRepeatedEnum(message, f, index));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = one ? r.GetString(message, f) : r.GetRepeatedString(message, f, index);
      if (field.type() != FieldDescriptor::TYPE_BYTES) return text;
      std::string encoded;
      append_base64(text, encoded);
      return encoded;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return message_json(one ? r.GetMessage(message, f) : r.GetRepeatedMessage(message, f, index));
  }
  return {};
}

Json field_json(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  if (field.is_map()) {
    Json object = Json::object();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      const auto& type = *entry.GetDescriptor();
      object[value_json(entry, *type.field(0), -1).get<std::string>()] =
          value_json(entry, *type.field(1), -1);
    }
    return object;
  }
  if (field.is_repeated()) {
    Json list = Json::array();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      list.push_back(value_json(message, field, i));
    }
    return list;
  }
  if (field.has_presence() && !reflection.HasField(message, &field)) return nullptr;
  return value_json(message, field, -1);
}

Json expected(const Message& message) {
  Json object = Json::object();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    object[field.name()] = field_json(message, field);
  }
  return object;
}

std::string write(std::string_view wire) {
  std::string json;
  ReplyMarks marks;
  REQUIRE(write_reply(test_plan("Everything"), wire, {}, json, marks));
  return json;
}

// The fields of the top level in random order, but those of one number in their own.
std::string shuffled(const std::string& wire, RandomMessage& random) {
  std::map<std::uint32_t, std::deque<std::string>> fields;
  std::vector<std::uint32_t> order;
  const char* const end = wire.data() + wire.size();
  for (const char* p = wire.data(); p != end;) {
    std::uint32_t tag = 0;
    const char* value = wire::read_tag(p, end, tag);
    const char* next = wire::skip_value(value, end, tag & 7);
    fields[tag >> 3].emplace_back(p, next);
    order.push_back(tag >> 3);
    p = next;
  }
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[random.below(i)], order[i - 1]);
  std::string out;
  for (std::uint32_t number : order) {
    out += fields[number].front();
    fields[number].pop_front();
  }
  return out;
}

// Through the wire once, which leaves one of two map entries with the same key.
Everything random_message(RandomMessage& random) {
  Everything filled;
  random.fill(filled, 3);
  Everything message;
  message.ParseFromString(filled.SerializeAsString());
  return message;
}

std::string difference(const Message& left, const Message& right) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string text;
  differencer.ReportDifferencesToString(&text);
  differencer.Compare(left, right);
  return text;
}

TEST_CASE("random messages are written as reflection sees them") {
  RandomMessage random(1);
  for (int round = 0; round < kRounds; ++round) {
    Everything message = random_message(random);
    Json parsed = Json::parse(write(message.SerializeAsString()));
    REQUIRE(parsed == expected(message));
  }
}

TEST_CASE("the order of fields on the wire does not matter") {
  RandomMessage random(2);
  for (int round = 0; round < kRounds; ++round) {
    Everything message = random_message(random);
    std::string wire = message.SerializeAsString();
    std::string mixed = shuffled(wire, random);
    REQUIRE(mixed.size() == wire.size());
    REQUIRE(write(mixed) == write(wire));
  }
}

TEST_CASE("what was written reads back as the same message") {
  RandomMessage random(3);
  for (int round = 0; round < kRounds; ++round) {
    Everything message = random_message(random);
    std::string json = write(message.SerializeAsString());
    std::string wire;
    auto error = encode_json(test_plan("Everything"), json, wire);
    if (error) FAIL(error->field << ": " << error->message);
    Everything again;
    REQUIRE(again.ParseFromString(wire));
    if (auto text = difference(message, again); !text.empty()) FAIL(text);
  }
}

TEST_CASE("JSON of any layout reads as the same message") {
  RandomMessage random(4);
  for (int round = 0; round < kRounds; ++round) {
    Everything message = random_message(random);
    // Sorted by name, indented, escaped to ASCII.
    std::string json = Json::parse(write(message.SerializeAsString())).dump(2, ' ', true);
    std::string wire;
    REQUIRE_FALSE(encode_json(test_plan("Everything"), json, wire));
    Everything again;
    REQUIRE(again.ParseFromString(wire));
    // Within a oneof only one member is not null, so the order of names does not matter either.
    if (auto text = difference(message, again); !text.empty()) FAIL(text);
  }
}

}  // namespace
}  // namespace marquee::transcode
