// The SQL of what users want to be told. Only what differs from the defaults is stored. Stateless;
// any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/db/pool.h"
#include "services/notification/kinds.h"

namespace marquee::notification {

struct Preferences {
  bool email = false;
  bool push = true;
  bool digest = true;
  std::array<Channels, kKinds.size()> kinds;  // in the order of kKinds
};

// Unset is left as it is.
struct PreferencesChange {
  struct Channels {
    std::optional<bool> inbox;
    std::optional<bool> push;
    std::optional<bool> email;
    bool any() const { return inbox || push || email; }
  };
  std::optional<bool> email;
  std::optional<bool> push;
  std::optional<bool> digest;
  std::array<Channels, kKinds.size()> kinds;
};

class SettingsStore {
 public:
  explicit SettingsStore(db::Pool& pool) : pool_(pool) {}

  Preferences get(const Deadline& deadline, std::int64_t user);
  // As they are then. Waiting mails that are not wanted any more go.
  Preferences change(const Deadline& deadline, std::int64_t user, const PreferencesChange& change);

  // Whose mails carry the token; unset for one that none does.
  std::optional<std::int64_t> user_of_token(const Deadline& deadline, const std::string& token);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::notification
