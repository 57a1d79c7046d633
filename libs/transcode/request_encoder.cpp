#include "libs/transcode/request_encoder.h"

#include "libs/core/wire.h"
#include "libs/transcode/field_text.h"
#include "libs/transcode/json_encoder.h"

namespace marquee::transcode {
namespace {

using MaybeError = std::optional<RequestError>;

MaybeError encode_body(const Route& route, std::string_view body, Members& members,
                       std::string& wire) {
  if (route.body == Route::Body::kIgnored) return {};
  if (route.body == Route::Body::kMessage) {
    JsonEncoder encoder(body.empty() ? "{}" : body, wire);
    if (!encoder.encode_message(*route.method->request, members)) return encoder.error();
    return {};
  }
  const FieldPlan& field = *route.body_field;
  if (body.empty() && (field.kind != Kind::kMessage || field.repeated)) return {};
  std::size_t begin = wire.size();
  JsonEncoder encoder(body.empty() ? "{}" : body, wire);
  if (!encoder.encode_field(field)) return encoder.error();
  auto index = static_cast<std::size_t>(&field - route.method->request->fields.data());
  members.set(index, begin, wire.size());
  return {};
}

bool unset_when_empty(const FieldPlan& field) {
  return field.optional || field.repeated || field.kind == Kind::kEnum ||
         empty_is_unset(field.kind);
}

MaybeError encode_query(const MessagePlan& plan, std::string_view query, const Members& members,
                        std::string& wire) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (!parse_query(query, pairs)) return RequestError{"bad_query", "", "Malformed query string"};
  for (const auto& [name, value] : pairs) {
    auto it = plan.slot_by_name.find(name);
    if (it == plan.slot_by_name.end() || members.seen(it->second)) continue;
    const FieldPlan& field = plan.fields[it->second];
    if (field.kind == Kind::kMessage || field.kind == Kind::kMap) continue;
    if (value.empty() && unset_when_empty(field)) continue;
    wire::write_varint(field.tag, wire);
    Fit fit = write_text(field, value, wire);
    if (fit == Fit::kOk) continue;
    const char* reason = fit == Fit::kOutOfRange ? "out_of_range" : "wrong_type";
    return RequestError{reason, name, "Invalid " + name + " format"};
  }
  return {};
}

MaybeError encode_path(const Route& route, const std::vector<std::string>& values,
                       std::string& wire) {
  for (std::size_t i = 0; i < route.variables.size(); ++i) {
    const FieldPlan& field = *route.variables[i];
    wire::write_varint(field.tag, wire);
    if (i < values.size() && write_path_text(field, values[i], wire) == Fit::kOk) continue;
    return RequestError{std::string(kNoSuchPath), field.name, "Invalid " + field.name + " format"};
  }
  return {};
}

MaybeError encode_parts(const Route& route, const std::vector<std::string>& values,
                        std::string_view query, std::string_view body, std::string& wire) {
  const MessagePlan& plan = *route.method->request;
  std::size_t begin = wire.size();
  Members members(plan.fields.size());
  if (MaybeError error = encode_body(route, body, members, wire)) return error;
  if (!query.empty()) {
    // Read after the body, whose members hide those of the query; written before it, so that the
    // body's choice within a oneof wins.
    std::string part;
    if (MaybeError error = encode_query(plan, query, members, part)) return error;
    wire.insert(begin, part);
  }
  return encode_path(route, values, wire);
}

}  // namespace

MaybeError encode_request(const Route& route, const std::vector<std::string>& values,
                          std::string_view query, std::string_view body, std::string& wire) {
  std::size_t begin = wire.size();
  MaybeError error = encode_parts(route, values, query, body, wire);
  if (error) wire.resize(begin);
  return error;
}

MaybeError encode_json(const MessagePlan& plan, std::string_view json, std::string& wire) {
  std::size_t begin = wire.size();
  Members members(plan.fields.size());
  JsonEncoder encoder(json, wire);
  if (encoder.encode_message(plan, members)) return {};
  wire.resize(begin);
  return encoder.error();
}

}  // namespace marquee::transcode
