#include "gateway/session_cookie.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace marquee::gateway {
namespace {

bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

SessionCookie::SessionCookie(const Config& config) : name_(config.cookie_name) {
  if (!is_plain(name_)) throw std::invalid_argument("cookie-name must be letters, digits, - _ .");
  const std::string& same_site = config.cookie_same_site;
  if (same_site != "Lax" && same_site != "Strict" && same_site != "None") {
    throw std::invalid_argument("cookie-same-site must be Lax, Strict or None");
  }
  const bool secure = config.cookie_secure || config.tls();
  if (same_site == "None" && !secure) {
    throw std::invalid_argument("cookie-same-site None needs cookie-secure");
  }
  attributes_ = "; Path=/; HttpOnly; SameSite=" + same_site;
  if (secure) attributes_ += "; Secure";
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(config.cookie_max_age).count();
  max_age_ = "; Max-Age=" + std::to_string(seconds);
  clear_ = name_ + "=" + attributes_ + "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
}

std::string SessionCookie::set(std::string_view token) const {
  if (!is_plain(token)) return clear_;
  return name_ + "=" + std::string(token) + attributes_ + max_age_;
}

}  // namespace marquee::gateway
