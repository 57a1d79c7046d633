#include "libs/transcode/plan_builder.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <google/protobuf/descriptor.h>

#include "libs/core/wire.h"
#include "libs/transcode/reply_writer.h"
#include "marquee/api/policy.pb.h"

namespace marquee::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// Tables are indexed by field number.
constexpr int kFieldNumberMax = 9999;

[[noreturn]] void reject(const FieldDescriptor& field, std::string_view why) {
  throw std::runtime_error(field.full_name() + ": " + std::string(why));
}

Kind kind_of(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::TYPE_INT32:
      return Kind::kInt32;
    case FieldDescriptor::TYPE_INT64:
      return Kind::kInt64;
    case FieldDescriptor::TYPE_UINT32:
      return Kind::kUint32;
    case FieldDescriptor::TYPE_UINT64:
      return Kind::kUint64;
    case FieldDescriptor::TYPE_SINT32:
      return Kind::kSint32;
    case FieldDescriptor::TYPE_SINT64:
      return Kind::kSint64;
    case FieldDescriptor::TYPE_FIXED32:
      return Kind::kFixed32;
    case FieldDescriptor::TYPE_FIXED64:
      return Kind::kFixed64;
    case FieldDescriptor::TYPE_SFIXED32:
      return Kind::kSfixed32;
    case FieldDescriptor::TYPE_SFIXED64:
      return Kind::kSfixed64;
    case FieldDescriptor::TYPE_FLOAT:
      return Kind::kFloat;
    case FieldDescriptor::TYPE_DOUBLE:
      return Kind::kDouble;
    case FieldDescriptor::TYPE_STRING:
      return Kind::kString;
    case FieldDescriptor::TYPE_BYTES:
      return Kind::kBytes;
    case FieldDescriptor::TYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::TYPE_MESSAGE:
      if (field.is_map()) return Kind::kMap;
      if (field.message_type()->full_name() == "google.protobuf.Timestamp") return Kind::kTimestamp;
      return Kind::kMessage;
    case FieldDescriptor::TYPE_GROUP:
      break;
  }
  reject(field, "groups have no JSON form");
}

std::uint32_t wire_type_of(Kind kind) {
  switch (kind) {
    case Kind::kFixed64:
    case Kind::kSfixed64:
    case Kind::kDouble:
      return wire::kFixed64;
    case Kind::kFixed32:
    case Kind::kSfixed32:
    case Kind::kFloat:
      return wire::kFixed32;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kMessage:
    case Kind::kMap:
    case Kind::kTimestamp:
      return wire::kBytes;
    default:
      return wire::kVarint;
  }
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

// Proto3 demands a value 0, though not that it is the smallest.
std::string zero_name(const EnumPlan& plan) {
  for (const auto& [number, name] : plan.names) {
    if (number == 0) return name;
  }
  return plan.names.front().second;
}

std::string unset_json(const FieldPlan& plan) {
  if (plan.repeated) return "[]";
  if (plan.kind == Kind::kMap) return "{}";
  if (plan.optional || plan.raw_json) return "null";
  switch (plan.kind) {
    case Kind::kBool:
      return "false";
    case Kind::kString:
    case Kind::kBytes:
      return "\"\"";
    case Kind::kEnum:
      return in_quotes(zero_name(*plan.enumeration));
    default:
      return "0";
  }
}

// "PROJECT_TYPE_" of ProjectType.
std::string prefix_of(const EnumDescriptor& type) {
  std::string prefix;
  const std::string& name = type.name();
  for (std::size_t i = 0; i < name.size(); ++i) {
    bool upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    bool after_lower = i > 0 && std::isupper(static_cast<unsigned char>(name[i - 1])) == 0;
    if (upper && after_lower) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(name[i])));
  }
  return prefix + '_';
}

void claim(MessagePlan& plan, const FieldDescriptor& field, const std::string& name,
           std::size_t index) {
  auto [it, fresh] = plan.slot_by_name.emplace(name, static_cast<std::uint16_t>(index));
  if (!fresh && it->second != index) {
    reject(field,
           "the JSON name \"" + name + "\" is taken by \"" + plan.fields[it->second].name + "\"");
  }
}

void apply_policy(const FieldDescriptor& field, FieldPlan& plan) {
  const auto& policy = field.options().GetExtension(marquee::api::field);
  plan.alias = policy.alias();
  plan.hidden = policy.hidden();
  plan.session_token = policy.session_token();
  plan.loose = policy.loose();
  plan.secret = policy.secret();
  plan.raw_json = policy.raw_json();
  plan.upper = policy.upper();
  plan.status_if_true = policy.status_if_true();
  plan.text_from_cache = policy.text_from_cache();
  plan.written = !plan.hidden && !plan.session_token && plan.status_if_true == 0;

  bool string = plan.kind == Kind::kString && !plan.repeated;
  if (plan.session_token && !string) reject(field, "session_token needs a string");
  if (plan.raw_json && !string) reject(field, "raw_json needs a string");
  if (plan.loose && plan.kind != Kind::kString) reject(field, "loose needs a string");
  if (plan.loose && plan.raw_json) reject(field, "loose and raw_json exclude each other");
  if (plan.upper && plan.kind != Kind::kString) reject(field, "upper needs a string");
  if (plan.upper && plan.raw_json) reject(field, "upper and raw_json exclude each other");
  if (!plan.text_from_cache.empty() && !string) reject(field, "text_from_cache needs a string");
  if (plan.status_if_true != 0 && (plan.kind != Kind::kBool || plan.repeated)) {
    reject(field, "status_if_true needs a bool");
  }
}

Mark mark_of(const FieldPlan& field) {
  if (field.repeated) return Mark::kNone;
  if (field.status_if_true != 0) return Mark::kStatus;
  if (field.session_token) return Mark::kSessionToken;
  bool cursor = field.kind == Kind::kString && field.name == "next_cursor";
  return cursor ? Mark::kNextCursor : Mark::kNone;
}

WriteStep::Shape shape_of(const FieldPlan& field) {
  using Shape = WriteStep::Shape;
  if (!field.written) return Shape::kUnwritten;
  if (field.repeated) return Shape::kList;
  return field.kind == Kind::kMap ? Shape::kMap : Shape::kSingle;
}

// The field as the last of `plan`.
void add_step(MessagePlan& plan, const FieldPlan& field) {
  WriteStep& step = plan.steps.emplace_back();
  step.tag = field.tag;
  step.absent = static_cast<std::uint32_t>(plan.absent.size());
  step.kind = field.kind;
  step.shape = shape_of(field);
  step.mark = mark_of(field);
  step.odd = !field.alias_key.empty() || !field.text_from_cache.empty();
  std::string key = ',' + field.key;
  if (key.size() <= step.key.size()) {
    step.key_size = static_cast<std::uint8_t>(key.size());
    std::copy(key.begin(), key.end(), step.key.begin());
  }
  if (field.name == "success") plan.has_success = true;
  if (!field.text_from_cache.empty()) plan.cached_texts = true;
  if (!field.written) return;
  plan.absent.append(key).append(field.unset);
  if (!field.alias_key.empty()) plan.absent.append(",").append(field.alias_key).append(field.unset);
}

}  // namespace

const MessagePlan* PlanBuilder::find(std::string_view full_name) const {
  auto it = messages_.find(full_name);
  return it == messages_.end() ? nullptr : it->second.get();
}

void PlanBuilder::add_file(const FileDescriptor& file) {
  for (int i = 0; i < file.message_type_count(); ++i) add(*file.message_type(i));
}

MessagePlan* PlanBuilder::shell(const Descriptor& message) {
  auto& plan = messages_[message.full_name()];
  if (!plan) {
    plan = std::make_unique<MessagePlan>();
    plan->full_name = message.full_name();
  }
  return plan.get();
}

void PlanBuilder::add(const Descriptor& message) {
  MessagePlan* plan = shell(message);
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& descriptor = *message.field(i);
    auto index = plan->fields.size();
    plan->fields.push_back(field(descriptor));
    const FieldPlan& added = plan->fields.back();
    claim(*plan, descriptor, added.name, index);
    if (!added.alias.empty()) claim(*plan, descriptor, added.alias, index);
    if (plan->slot_by_number.size() <= added.number) plan->slot_by_number.resize(added.number + 1);
    plan->slot_by_number[added.number] = static_cast<std::uint16_t>(index + 1);
    if (index > 0 && plan->fields[index - 1].number > added.number) plan->ascending = false;
    add_step(*plan, added);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) add(*message.nested_type(i));
}

const EnumPlan* PlanBuilder::enumeration(const EnumDescriptor& type) {
  auto& plan = enums_[type.full_name()];
  if (plan) return plan.get();
  plan = std::make_unique<EnumPlan>();
  std::string prefix = prefix_of(type);
  for (int i = 0; i < type.value_count(); ++i) {
    std::string name = type.value(i)->name();
    if (name.size() > prefix.size() && name.starts_with(prefix)) name.erase(0, prefix.size());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!plan->numbers.emplace(name, type.value(i)->number()).second) {
      throw std::runtime_error(type.full_name() + ": two values are named \"" + name + "\"");
    }
    plan->names.emplace_back(type.value(i)->number(), name);
  }
  // An alias value (allow_alias) is written under the name declared first.
  auto by_number = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(plan->names.begin(), plan->names.end(), by_number);
  auto same_number = [](const auto& a, const auto& b) { return a.first == b.first; };
  plan->names.erase(std::unique(plan->names.begin(), plan->names.end(), same_number),
                    plan->names.end());
  return plan.get();
}

FieldPlan PlanBuilder::field(const FieldDescriptor& descriptor) {
  if (descriptor.number() > kFieldNumberMax) reject(descriptor, "field numbers end at 9999");
  FieldPlan plan;
  plan.number = static_cast<std::uint32_t>(descriptor.number());
  plan.kind = kind_of(descriptor);
  plan.repeated = descriptor.is_repeated() && plan.kind != Kind::kMap;
  plan.packed = descriptor.is_packed();
  plan.optional = descriptor.has_presence();
  plan.wire_type = static_cast<std::uint8_t>(wire_type_of(plan.kind));
  plan.tag = plan.number << 3 | plan.wire_type;
  plan.name = descriptor.name();
  if (plan.kind == Kind::kMessage || plan.kind == Kind::kMap) {
    plan.message = shell(*descriptor.message_type());
  }
  if (plan.kind == Kind::kMap &&
      descriptor.message_type()->map_key()->type() != FieldDescriptor::TYPE_STRING) {
    reject(descriptor, "keys of a map must be strings");
  }
  if (plan.kind == Kind::kEnum) plan.enumeration = enumeration(*descriptor.enum_type());
  apply_policy(descriptor, plan);
  plan.key = in_quotes(plan.name) + ':';
  if (!plan.alias.empty()) plan.alias_key = in_quotes(plan.alias) + ':';
  plan.unset = unset_json(plan);
  return plan;
}

}  // namespace marquee::transcode
