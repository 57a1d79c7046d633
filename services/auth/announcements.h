// What the auth service tells the others over the bus, after its transactions have committed: hints
// that may be lost; ListRevoked and the durable events hold the facts. Any thread.
#pragma once

#include <vector>

#include "libs/bus/bus.h"
#include "services/auth/sessions_store.h"

namespace marquee::auth {

class Announcements {
 public:
  explicit Announcements(bus::Bus& bus) : bus_(bus) {}

  void revoked(const std::vector<RevokedSession>& sessions);
  // What others show of the user has changed.
  void user_changed(std::int64_t user_id);

 private:
  bus::Bus& bus_;
};

}  // namespace marquee::auth
