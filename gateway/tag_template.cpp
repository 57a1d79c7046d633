#include "gateway/tag_template.h"

#include <algorithm>
#include <stdexcept>

#include "libs/core/wire.h"

namespace marquee::gateway {
namespace {

using transcode::FieldPlan;
using transcode::Kind;

bool can_name(const FieldPlan& field) {
  switch (field.kind) {
    case Kind::kBool:
    case Kind::kInt32:
    case Kind::kInt64:
    case Kind::kUint32:
    case Kind::kUint64:
    case Kind::kString:
      return !field.repeated;
    default:
      return false;
  }
}

std::string number_text(Kind kind, std::uint64_t value) {
  bool is_signed = kind == Kind::kInt32 || kind == Kind::kInt64;
  return is_signed ? std::to_string(static_cast<std::int64_t>(value)) : std::to_string(value);
}

// The last value on the wire, as the service will read it.
std::string value_text(const FieldPlan& field, std::string_view wire) {
  std::string text = field.kind == Kind::kString ? "" : "0";
  const char* p = wire.data();
  const char* end = p + wire.size();
  while (p != nullptr && p != end) {
    std::uint32_t tag = 0;
    p = wire::read_tag(p, end, tag);
    if (p == nullptr) break;
    std::uint32_t type = tag & 7u;
    if ((tag >> 3) != field.number) {
      p = wire::skip_value(p, end, type);
    } else if (type == wire::kBytes && field.kind == Kind::kString) {
      std::string_view bytes;
      p = wire::read_length(p, end, bytes);
      if (p != nullptr) text = bytes;
    } else if (type == wire::kVarint && field.kind != Kind::kString) {
      std::uint64_t value = 0;
      p = wire::read_varint(p, end, value);
      if (p != nullptr) text = number_text(field.kind, value);
    } else {
      p = wire::skip_value(p, end, type);
    }
  }
  return text;
}

}  // namespace

TagTemplate::TagTemplate(std::string_view text, const transcode::MessagePlan& request,
                         const transcode::MessagePlan* reply) {
  constexpr std::string_view kOfReply = "reply.";
  while (!text.empty()) {
    auto open = text.find('{');
    Piece piece;
    piece.text = text.substr(0, open);
    if (open == std::string_view::npos) {
      text = {};
    } else {
      auto close = text.find('}', open);
      if (close == std::string_view::npos) {
        throw std::invalid_argument("tag \"" + std::string(text) + "\" lacks a }");
      }
      std::string_view name = text.substr(open + 1, close - open - 1);
      piece.of_reply = reply != nullptr && name.substr(0, kOfReply.size()) == kOfReply;
      const auto& message = piece.of_reply ? *reply : request;
      if (piece.of_reply) name.remove_prefix(kOfReply.size());
      piece.field = message.by_name(name);
      if (piece.field == nullptr || !can_name(*piece.field)) {
        throw std::invalid_argument("no field {" + std::string(name) + "} for a tag in " +
                                    message.full_name);
      }
      text.remove_prefix(close + 1);
    }
    pieces_.push_back(std::move(piece));
  }
}

std::string TagTemplate::fill(std::string_view request, std::string_view reply) const {
  std::string tag;
  for (const auto& piece : pieces_) {
    tag += piece.text;
    if (piece.field != nullptr) tag += value_text(*piece.field, piece.of_reply ? reply : request);
  }
  return tag;
}

bool TagTemplate::of_reply() const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.of_reply; });
}

}  // namespace marquee::gateway
