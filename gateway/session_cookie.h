// The cookie that keeps a browser signed in: how it is set and cleared. Immutable, any thread.
#pragma once

#include <string>
#include <string_view>

#include "gateway/config.h"

namespace marquee::gateway {

class SessionCookie {
 public:
  // Throws std::invalid_argument for a name that is not a token or an unknown SameSite.
  explicit SessionCookie(const Config& config);

  // Set-Cookie values. A token with characters that a cookie cannot hold clears instead.
  std::string set(std::string_view token) const;
  const std::string& clear() const { return clear_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::string attributes_;
  std::string max_age_;
  std::string clear_;
};

}  // namespace marquee::gateway
