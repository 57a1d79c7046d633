#include "services/notification/kinds.h"

#include <stdexcept>

namespace marquee::notification {
namespace {

std::string who(std::string_view actor, int actors) {
  std::string text(actor.empty() ? "Somebody" : actor);
  const int others = actors - 1;
  if (others == 1) text += " and 1 other";
  if (others > 1) text += " and " + std::to_string(others) + " others";
  return text;
}

std::string_view did(std::string_view kind) {
  if (kind == "review") return " reviewed ";
  if (kind == "movie") return " edited ";
  if (kind == "message") return " wrote to you in ";
  if (kind == "application") return " changed an application to ";
  if (kind == "team") return " changed the team of ";
  return " changed ";
}

}  // namespace

const KindRow* find_kind(std::string_view name) {
  for (const auto& row : kKinds) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

const KindRow& row_of(v1::Kind kind) {
  for (const auto& row : kKinds) {
    if (row.kind == kind) return row;
  }
  throw std::logic_error("a kind of notification without a row");
}

std::string sentence(std::string_view kind, std::string_view actor, int actors,
                     std::string_view title) {
  std::string text = who(actor, actors);
  text += did(kind);
  text += title;
  return text;
}

}  // namespace marquee::notification
