#include "tests/e2e/schema.h"

#include <algorithm>
#include <set>

namespace marquee::e2e {
namespace {

using nlohmann::json;

bool is_of(const json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

bool type_fits(const json& type, const json& value) {
  if (type.is_string()) return is_of(value, type);
  return std::any_of(type.begin(), type.end(),
                     [&](const json& one) { return is_of(value, one.get<std::string>()); });
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string limit_faults(const json& schema, const json& value) {
  auto limit = [&](const char* name) { return schema.at(name).get<double>(); };
  if (value.is_number()) {
    double number = value.get<double>();
    if (schema.contains("minimum") && number < limit("minimum")) return "below the minimum";
    if (schema.contains("maximum") && number > limit("maximum")) return "above the maximum";
  }
  if (value.is_string()) {
    auto size = static_cast<double>(characters(value.get<std::string>()));
    if (schema.contains("minLength") && size < limit("minLength")) return "too short";
    if (schema.contains("maxLength") && size > limit("maxLength")) return "too long";
    if (schema.value("format", "") == "date" && size != 10) return "no day";
    if (schema.value("format", "") == "date-time" && value.get<std::string>().back() != 'Z') {
      return "no time in UTC";
    }
  }
  if (value.is_array() && schema.contains("maxItems") &&
      static_cast<double>(value.size()) > limit("maxItems")) {
    return "too many items";
  }
  return {};
}

std::string unknown_keyword(const json& schema) {
  static const std::set<std::string> kKnown = {"$ref",        "additionalProperties",
                                               "allOf",       "anyOf",
                                               "const",       "default",
                                               "description", "enum",
                                               "examples",    "format",
                                               "items",       "maximum",
                                               "maxItems",    "maxLength",
                                               "minimum",     "minLength",
                                               "properties",  "required",
                                               "type",        "unevaluatedProperties"};
  for (const auto& [name, unused] : schema.items()) {
    if (kKnown.count(name) == 0) return name;
  }
  return {};
}

std::string object_faults(const json& document, const json& schema, const json& value,
                          const std::string& place) {
  for (const auto& name : schema.value("required", json::array())) {
    if (!value.contains(name.get<std::string>())) return place + " lacks " + name.dump();
  }
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, member] : value.items()) {
    const std::string inner = place + '.' + name;
    std::string faults;
    if (properties.contains(name)) {
      faults = schema_faults(document, properties.at(name), member, inner);
    } else if (schema.contains("additionalProperties")) {
      faults = schema_faults(document, schema.at("additionalProperties"), member, inner);
    } else if (!properties.empty()) {
      faults = inner + " is not described";
    }
    if (!faults.empty()) return faults;
  }
  return {};
}

}  // namespace

std::string schema_faults(const json& document, const json& schema, const json& value,
                          const std::string& place) {
  if (auto name = unknown_keyword(schema); !name.empty()) return place + ": unknown " + name;
  if (schema.contains("$ref")) {
    auto target = schema.at("$ref").get<std::string>().substr(1);
    return schema_faults(document, document.at(json::json_pointer(target)), value, place);
  }
  if (schema.contains("anyOf")) {
    std::string faults;
    for (const auto& one : schema.at("anyOf")) {
      faults = schema_faults(document, one, value, place);
      if (faults.empty()) return {};
    }
    return faults;
  }
  for (const auto& one : schema.value("allOf", json::array())) {
    // Members that the whole leaves open are no fault of its part.
    if (schema.contains("unevaluatedProperties")) continue;
    if (auto faults = schema_faults(document, one, value, place); !faults.empty()) return faults;
  }
  if (schema.contains("type") && !type_fits(schema.at("type"), value)) {
    return place + " is " + value.dump().substr(0, 80) + ", no " + schema.at("type").dump();
  }
  if (schema.contains("const") && schema.at("const") != value) return place + " is another value";
  if (schema.contains("enum")) {
    const auto& all = schema.at("enum");
    if (std::find(all.begin(), all.end(), value) == all.end())
      return place + " is none of the enum";
  }
  if (auto faults = limit_faults(schema, value); !faults.empty()) {
    return place + " is " + faults + ": " + value.dump().substr(0, 80);
  }
  for (std::size_t i = 0; value.is_array() && schema.contains("items") && i < value.size(); ++i) {
    auto faults = schema_faults(document, schema.at("items"), value[i],
                                place + '[' + std::to_string(i) + ']');
    if (!faults.empty()) return faults;
  }
  return value.is_object() ? object_faults(document, schema, value, place) : "";
}

}  // namespace marquee::e2e
