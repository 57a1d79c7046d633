#include "libs/api_docs/schema_book.h"

#include <cctype>
#include <cmath>

#include <google/protobuf/descriptor.h>

#include "libs/api_docs/comments.h"

namespace marquee::api_docs {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;
using transcode::FieldPlan;
using transcode::Kind;
using transcode::MessagePlan;

// "MovieId" of "movie_id".
std::string camel(std::string_view name) {
  std::string out;
  bool upper = true;
  for (char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

// "EnsureAccountsRequestAccount" of "marquee.auth.v1.EnsureAccountsRequest.Account".
std::string short_name(const Descriptor& message) {
  std::string name;
  std::string_view rest = message.full_name();
  rest.remove_prefix(message.file()->package().size());
  for (char c : rest) {
    if (c != '.') name += c;
  }
  return name;
}

// "Auth" of "marquee.auth.v1".
std::string service_part(const Descriptor& message) {
  std::string_view package = message.file()->package();
  package.remove_prefix(std::min(package.find('.') + 1, package.size()));
  return camel(package.substr(0, package.find('.')));
}

Json number(double value) {
  if (std::floor(value) == value) return static_cast<std::int64_t>(value);
  return value;
}

bool numeric(Kind kind) {
  return kind <= Kind::kDouble && kind != Kind::kBool;
}

Json plain_type(const FieldPlan& plan) {
  switch (plan.kind) {
    case Kind::kBool:
      return {{"type", "boolean"}};
    case Kind::kInt32:
    case Kind::kSint32:
    case Kind::kSfixed32:
      return {{"type", "integer"}, {"format", "int32"}};
    case Kind::kUint32:
    case Kind::kFixed32:
    case Kind::kUint64:
    case Kind::kFixed64:
      return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
    case Kind::kInt64:
    case Kind::kSint64:
    case Kind::kSfixed64:
      return {{"type", "integer"}, {"format", "int64"}};
    case Kind::kFloat:
    case Kind::kDouble:
      return {{"type", "number"}, {"format", "double"}};
    case Kind::kBytes:
      return {{"type", "string"}, {"contentEncoding", "base64"}};
    case Kind::kTimestamp:
      return {{"type", "string"}, {"format", "date-time"}};
    case Kind::kEnum: {
      Json values = Json::array();
      for (const auto& [value, name] : plan.enumeration->names) values.push_back(name);
      return {{"type", "string"}, {"enum", std::move(values)}};
    }
    case Kind::kString:
      if (plan.loose) return {{"type", {"string", "number"}}};
      return {{"type", "string"}};
    default:
      return Json::object();
  }
}

void add_limits(Json& schema, const FieldPlan& plan, const FieldFacts& facts) {
  if (plan.kind == Kind::kString && !plan.loose) {
    if (facts.characters_min) schema["minLength"] = *facts.characters_min;
    if (facts.characters_max) schema["maxLength"] = *facts.characters_max;
    if (facts.is_date) schema["format"] = "date";
    if (facts.is_url) schema["format"] = "uri";
    if (plan.secret) schema["format"] = "password";
  }
  if (!numeric(plan.kind) || plan.repeated) return;
  if (facts.minimum) schema["minimum"] = number(*facts.minimum);
  if (facts.maximum) schema["maximum"] = number(*facts.maximum);
  if (facts.default_value) schema["default"] = number(*facts.default_value);
}

void allow_null(Json& schema) {
  if (schema.contains("$ref")) {
    schema = {{"anyOf", Json::array({schema, {{"type", "null"}}})}};
    return;
  }
  if (!schema.contains("type")) return;
  if (schema.contains("enum")) schema["enum"].push_back(nullptr);
  Json& type = schema["type"];
  if (type.is_string()) type = Json::array({type});
  type.push_back("null");
}

bool nullable(const FieldPlan& plan, const FieldFacts& facts) {
  if (plan.repeated || plan.kind == Kind::kMap || plan.raw_json) return false;
  bool whole = plan.kind == Kind::kMessage || plan.kind == Kind::kTimestamp;
  return whole ? facts.may_be_null : plan.optional;
}

std::string describe(const std::string& comment, const FieldPlan& plan, Use use) {
  std::string text = comment;
  auto add = [&](const std::string& more) { text += (text.empty() ? "" : " ") + more; };
  if (!plan.alias.empty() && use == Use::kRequest) add("Also read as `" + plan.alias + "`.");
  if (!plan.text_from_cache.empty()) {
    add("From the gateway's cache: \"" + plan.text_from_cache + "\".");
  }
  return text;
}

}  // namespace

std::string SchemaBook::name_for(const Descriptor& message, Use use,
                                 const std::set<std::string>& left_out) {
  std::string key = message.full_name() + (use == Use::kReply ? " out" : " in");
  for (const auto& name : left_out) key += ' ' + name;
  auto [known, fresh] = names_.emplace(key, "");
  if (!fresh) return known->second;
  std::string base = short_name(message);
  if (use == Use::kRequest && !base.ends_with("Request")) base += "Input";
  std::string name = base;
  if (schemas_.contains(name) && !left_out.empty()) {
    name += "Without";
    for (const auto& field : left_out) name += camel(field);
  }
  if (schemas_.contains(name)) name = service_part(message) + base;
  known->second = name;
  schemas_[name];  // taken, also while it is described: messages may hold themselves
  return name;
}

Json SchemaBook::reference(const Descriptor& message, const MessagePlan& plan, Use use,
                           const std::set<std::string>& left_out) {
  std::string name = name_for(message, use, left_out);
  if (schemas_[name].is_null()) {
    schemas_[name] = Json::object();
    schemas_[name] = describe(message, plan, use, left_out);
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

Json SchemaBook::describe(const Descriptor& message, const MessagePlan& plan, Use use,
                          const std::set<std::string>& left_out) {
  Json schema = {{"type", "object"}};
  if (auto comment = comment_of(message); !comment.empty()) schema["description"] = comment;
  Json properties = Json::object();
  Json required = Json::array();
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    const FieldPlan& member = plan.fields[i];
    const FieldDescriptor& descriptor = *message.field(static_cast<int>(i));
    if (!member.written || left_out.contains(member.name)) continue;
    properties[member.name] = field(descriptor, member, use);
    bool always = use == Use::kReply || facts_of(comment_of(descriptor)).required;
    if (always) required.push_back(member.name);
    if (member.alias.empty()) continue;
    Json twin = field(descriptor, member, use);
    twin["description"] =
        "The same as `" + member.name + "`, under the name that other clients use.";
    properties[member.alias] = std::move(twin);
    if (use == Use::kReply) required.push_back(member.alias);
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json SchemaBook::single(const FieldDescriptor& field, const FieldPlan& plan, Use use) {
  if (plan.raw_json) return Json::object();
  if (plan.kind == Kind::kMessage) return reference(*field.message_type(), *plan.message, use);
  if (plan.kind == Kind::kMap) {
    const FieldPlan& value = *plan.message->by_name("value");
    return {{"type", "object"},
            {"additionalProperties", single(*field.message_type()->map_value(), value, use)}};
  }
  return plain_type(plan);
}

Json SchemaBook::field(const FieldDescriptor& field, const FieldPlan& plan, Use use) {
  const std::string comment = comment_of(field);
  FieldFacts facts = facts_of(comment);
  Json schema = single(field, plan, use);
  add_limits(schema, plan, facts);
  bool scalar = plan.kind != Kind::kMessage && plan.kind != Kind::kMap && !plan.raw_json;
  if (scalar && facts.example && !plan.repeated) {
    schema["examples"] = Json::array({example_of(field, plan, use)});
  }
  if (plan.repeated) {
    schema = {{"type", "array"}, {"items", std::move(schema)}};
    if (facts.items_max) schema["maxItems"] = *facts.items_max;
  }
  if (use == Use::kReply && nullable(plan, facts)) allow_null(schema);
  if (auto text = api_docs::describe(comment, plan, use); !text.empty()) {
    schema["description"] = text;
  }
  return schema;
}

}  // namespace marquee::api_docs
