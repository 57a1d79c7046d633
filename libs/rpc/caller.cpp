#include "libs/rpc/caller.h"

#include <array>
#include <charconv>

namespace marquee::rpc {

std::string encode_caller(const Caller& caller) {
  if (caller.role == Caller::Role::kService) return "service";
  if (!caller.signed_in()) return "-";
  std::string text = std::to_string(caller.user_id);
  text += caller.admin() ? " admin " : " user ";
  text += caller.session_id.empty() ? "-" : caller.session_id;
  text += ' ';
  text += caller.uid.empty() ? "-" : caller.uid;
  return text;
}

std::optional<Caller> decode_caller(std::string_view text) {
  Caller caller;
  if (text == "-") return caller;
  if (text == "service") return Caller::service();
  std::array<std::string_view, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto end = i + 1 < parts.size() ? text.find(' ') : text.size();
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    parts[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  auto [end, error] =
      std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), caller.user_id);
  if (error != std::errc() || end != parts[0].data() + parts[0].size() || caller.user_id <= 0) {
    return std::nullopt;
  }
  if (parts[1] == "admin") {
    caller.role = Caller::Role::kAdmin;
  } else if (parts[1] != "user") {
    return std::nullopt;
  }
  if (parts[2] != "-") caller.session_id = parts[2];
  if (parts[3] != "-") caller.uid = parts[3];
  return caller;
}

}  // namespace marquee::rpc
