#include "libs/api_docs/examples.h"

#include <charconv>

#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "libs/api_docs/comments.h"

namespace marquee::api_docs {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;
using transcode::FieldPlan;
using transcode::Kind;
using transcode::MessagePlan;

constexpr char kDay[] = "1995-10-30";
constexpr char kMoment[] = "2026-01-31T18:30:00Z";
constexpr char kAddress[] = "https://example.org/picture.jpg";
// Messages within messages within messages... are cut here.
constexpr int kDepthMax = 6;

Json message_example(const Descriptor& message, const MessagePlan& plan, Use use,
                     const std::set<std::string>& left_out, int depth);

std::string text_example(const FieldPlan& plan, const FieldFacts& facts) {
  if (facts.example) return *facts.example;
  if (facts.is_date) return kDay;
  if (facts.is_url) return kAddress;
  if (plan.secret) return "enchantress";
  if (plan.name.ends_with("email")) return "ada@example.org";
  if (plan.name.ends_with("username")) return "ada";
  if (plan.name.ends_with("cursor")) return "";
  return "text";
}

double number_example(const FieldFacts& facts) {
  if (facts.example) {
    double value = 0;
    const std::string& text = *facts.example;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  if (facts.default_value) return *facts.default_value;
  if (facts.minimum && *facts.minimum > 1) return *facts.minimum;
  if (facts.maximum && *facts.maximum < 1) return *facts.maximum;
  return 1;
}

Json single_example(const FieldDescriptor& field, const FieldPlan& plan, const FieldFacts& facts,
                    Use use, int depth) {
  switch (plan.kind) {
    case Kind::kBool:
      return false;
    case Kind::kFloat:
    case Kind::kDouble:
      return number_example(facts);
    case Kind::kString:
      return plan.raw_json ? Json::object() : Json(text_example(plan, facts));
    case Kind::kBytes:
      return "AAEC";
    case Kind::kTimestamp:
      return kMoment;
    case Kind::kEnum:
      return plan.enumeration->names.back().second;
    case Kind::kMessage:
      return message_example(*field.message_type(), *plan.message, use, {}, depth + 1);
    case Kind::kMap: {
      const FieldPlan& value = *plan.message->by_name("value");
      const FieldDescriptor& value_field = *field.message_type()->map_value();
      return {{"key", single_example(value_field, value, facts, use, depth)}};
    }
    default:
      return static_cast<std::int64_t>(number_example(facts));
  }
}

Json field_example(const FieldDescriptor& field, const FieldPlan& plan, Use use, int depth) {
  FieldFacts facts = facts_of(comment_of(field));
  if (!plan.repeated) return single_example(field, plan, facts, use, depth);
  if (depth >= kDepthMax) return Json::array();
  return Json::array({single_example(field, plan, facts, use, depth)});
}

Json message_example(const Descriptor& message, const MessagePlan& plan, Use use,
                     const std::set<std::string>& left_out, int depth) {
  Json example = Json::object();
  if (depth > kDepthMax) return example;
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    const FieldPlan& field = plan.fields[i];
    const FieldDescriptor& descriptor = *message.field(static_cast<int>(i));
    if (!field.written || left_out.contains(field.name)) continue;
    if (use == Use::kRequest && field.secret && !facts_of(comment_of(descriptor)).required) {
      continue;
    }
    Json value = field_example(descriptor, field, use, depth);
    example[field.name] = value;
    if (use == Use::kReply && !field.alias.empty()) example[field.alias] = std::move(value);
  }
  return example;
}

}  // namespace

Json example_of(const FieldDescriptor& field, const FieldPlan& plan, Use use) {
  return field_example(field, plan, use, 0);
}

Json example_of(const Descriptor& message, const MessagePlan& plan, Use use,
                const std::set<std::string>& left_out) {
  return message_example(message, plan, use, left_out, 0);
}

}  // namespace marquee::api_docs
