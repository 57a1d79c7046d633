#include "libs/transcode/json_encoder.h"

#include <algorithm>

#include "libs/core/wire.h"

namespace marquee::transcode {

namespace {

// plan.fields.size() when unknown. Clients mostly send the members in the order of the declaration,
// leaving some out: `next` is the one expected.
std::size_t find_member(const MessagePlan& plan, std::string_view name, std::size_t next) {
  constexpr std::size_t kAhead = 3;
  const std::size_t count = plan.fields.size();
  for (std::size_t i = next; i < std::min(next + kAhead, count); ++i) {
    if (plan.fields[i].name == name) return i;
  }
  auto it = plan.slot_by_name.find(name);
  return it == plan.slot_by_name.end() ? count : it->second;
}

}  // namespace

Members::Members(std::size_t fields) : size_(fields) {
  extents_ = inline_.data();
  if (fields > kInlineMax) {
    heap_.resize(fields);
    extents_ = heap_.data();
  }
  for (std::size_t i = 0; i < fields; ++i) extents_[i] = {0, 0, false};
}

void Members::drop(std::size_t index, std::string& wire) {
  Extent& gone = extents_[index];
  std::uint32_t size = gone.end - gone.begin;
  if (!gone.seen || size == 0) return;
  wire.erase(gone.begin, size);
  for (std::size_t i = 0; i < size_; ++i) {
    if (i == index || !extents_[i].seen || extents_[i].begin < gone.end) continue;
    extents_[i].begin -= size;
    extents_[i].end -= size;
  }
  gone.end = gone.begin;
}

bool JsonEncoder::encode_message(const MessagePlan& plan, Members& members) {
  return object(plan, members) && in_.finish();
}

bool JsonEncoder::encode_field(const FieldPlan& plan) {
  if (!field(plan)) return in_.failed() ? false : inside(plan.name);
  return in_.finish();
}

bool JsonEncoder::object(const MessagePlan& plan, Members& members) {
  JsonType type = in_.peek();
  if (type != JsonType::kObject) {
    // "null and void" is malformed before it is no object.
    return in_.skip_value() && reject("wrong_type", "must be an object");
  }
  if (!in_.open_object()) return false;
  std::size_t next = 0;
  for (std::string_view name; in_.next_member(name);) {
    std::size_t index = find_member(plan, name, next);
    if (index == plan.fields.size()) {
      in_.skip_value();
      continue;
    }
    next = index + 1;
    const FieldPlan& member = plan.fields[index];
    const std::string& spelled = name == member.name ? member.name : member.alias;
    if (members.seen(index)) members.drop(index, wire_);
    std::size_t begin = wire_.size();
    if (!field(member)) return inside(spelled);
    members.set(index, begin, wire_.size());
  }
  return !in_.failed();
}

bool JsonEncoder::field(const FieldPlan& plan) {
  JsonType type = in_.peek();
  if (type == JsonType::kInvalid) return false;
  if (type == JsonType::kNull) return in_.read_null();
  if (plan.repeated) return list(plan);
  if (plan.kind == Kind::kMap) return map(plan);
  return value(plan, type, true, false);
}

bool JsonEncoder::list(const FieldPlan& plan) {
  if (in_.peek() != JsonType::kArray) return reject("wrong_type", "must be a list");
  if (!plan.packed) return elements(plan);
  std::size_t start = wire_.size();
  wire::write_varint(plan.number << 3 | wire::kBytes, wire_);
  wire::LengthPrefix prefix(wire_);
  if (!elements(plan)) return false;
  if (prefix.empty()) {
    wire_.resize(start);
  } else {
    prefix.close();
  }
  return true;
}

bool JsonEncoder::elements(const FieldPlan& plan) {
  if (!in_.open_array()) return false;
  for (std::size_t i = 0; in_.next_element(); ++i) {
    JsonType type = in_.peek();
    if (type == JsonType::kInvalid) return false;
    if (!value(plan, type, !plan.packed, true)) return inside(i);
  }
  return !in_.failed();
}

bool JsonEncoder::map(const FieldPlan& plan) {
  if (in_.peek() != JsonType::kObject) return reject("wrong_type", "must be an object");
  if (!in_.open_object()) return false;
  const FieldPlan& value_plan = *plan.message->by_number(2);
  for (std::string_view name; in_.next_member(name);) {
    std::string key(name);
    if (key.find('\0') != std::string::npos) {
      return reject("invalid_utf8", "must not contain U+0000");
    }
    wire::write_varint(plan.tag, wire_);
    wire::LengthPrefix entry(wire_);
    wire_ += '\x0a';
    wire::write_bytes(key, wire_);
    JsonType type = in_.peek();
    if (type == JsonType::kInvalid) return false;
    if (!value(value_plan, type, true, true)) return inside(key);
    entry.close();
  }
  return !in_.failed();
}

bool JsonEncoder::message(const FieldPlan& plan) {
  wire::LengthPrefix prefix(wire_);
  Members members(plan.message->fields.size());
  if (!object(*plan.message, members)) return false;
  prefix.close();
  return true;
}

bool JsonEncoder::value(const FieldPlan& plan, JsonType type, bool tagged, bool element) {
  std::size_t start = wire_.size();
  if (tagged) wire::write_varint(plan.tag, wire_);
  std::string_view token;
  if (plan.raw_json) {
    if (!in_.skip_value(&token)) return false;
    wire::write_bytes(token, wire_);
    return true;
  }
  if (plan.kind == Kind::kMessage) return message(plan);
  switch (type) {
    case JsonType::kString:
      return text(plan, element, start);
    case JsonType::kNumber:
      if (!in_.read_number(token)) return false;
      if (!plan.loose) return check(write_number(plan, token, wire_), plan);
      wire::write_bytes(token, wire_);
      return true;
    case JsonType::kBool: {
      bool flag = false;
      if (!in_.read_bool(flag)) return false;
      if (plan.kind != Kind::kBool && !plan.loose) return check(Fit::kWrongType, plan);
      return check(write_text(plan, flag ? "true" : "false", wire_), plan);
    }
    default:
      return check(Fit::kWrongType, plan);
  }
}

bool JsonEncoder::text(const FieldPlan& plan, bool element, std::size_t start) {
  std::string_view token;
  bool escaped = false;
  if (!in_.read_string(token, escaped)) return false;
  if (plan.kind == Kind::kBool) return check(Fit::kWrongType, plan);
  if (escaped) {
    scratch_.clear();
    unescape(token, scratch_);
    token = scratch_;
  } else if (plan.kind == Kind::kString && !plan.upper) {
    wire::write_bytes(token, wire_);
    return true;
  }
  if (token.empty() && !element && empty_is_unset(plan.kind)) {
    wire_.resize(start);
    return true;
  }
  return check(write_text(plan, token, wire_), plan);
}

bool JsonEncoder::check(Fit fit, const FieldPlan& plan) {
  switch (fit) {
    case Fit::kOk:
      return true;
    case Fit::kWrongType:
      return reject("wrong_type", expectation(plan));
    case Fit::kOutOfRange:
      return reject("out_of_range", "is out of range");
    case Fit::kNul:
      return reject("invalid_utf8", "must not contain U+0000");
  }
  return false;
}

bool JsonEncoder::reject(const char* reason, std::string what) {
  reason_ = reason;
  what_ = std::move(what);
  return false;
}

bool JsonEncoder::inside(std::string_view name) {
  bool last = path_.empty() || path_.front() == '[';
  path_.insert(0, last ? std::string(name) : std::string(name) + '.');
  return false;
}

bool JsonEncoder::inside(std::size_t index) {
  bool last = path_.empty() || path_.front() == '[';
  path_.insert(0, '[' + std::to_string(index) + (last ? "]" : "]."));
  return false;
}

RequestError JsonEncoder::error() const {
  if (in_.failed()) {
    const char* reason = "malformed_json";
    if (in_.fault() == JsonFault::kInvalidUtf8) reason = "invalid_utf8";
    if (in_.fault() == JsonFault::kTooDeep) reason = "too_deep";
    return {reason, "",
            std::string("JSON parse error - ") + in_.what() + " at byte " +
                std::to_string(in_.position())};
  }
  std::string_view last = path_;
  last.remove_prefix(last.rfind('.') + 1);  // npos + 1 is 0
  return {reason_, path_, (last.empty() ? "Body" : display_name(last)) + ' ' + what_};
}

}  // namespace marquee::transcode
