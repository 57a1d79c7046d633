#include "services/auth/auth_service.h"

#include "libs/events/event_metrics.h"
#include "libs/ops/live_registry.h"

namespace marquee::auth {
namespace {

const Config& checked(const Config& config) {
  config.check();
  return config;
}

}  // namespace

AuthService::AuthService(const Config& config, rpc::Parts& parts, const Clock& clock)
    : passwords_(checked(config).password),
      key_ring_(parts.database, parts.bus, config, clock),
      announcements_(parts.bus),
      credentials_(parts.database, passwords_, config.lockout, clock),
      tokens_(parts.database, key_ring_, config.tokens, clock),
      sessions_(parts.database, credentials_, passwords_, key_ring_, tokens_, announcements_,
                clock),
      sign_up_(parts.database, passwords_, key_ring_, tokens_, config.password, clock),
      accounts_(parts.database, outbox_, announcements_, clock),
      changes_(parts.database, credentials_, passwords_, announcements_, config.password, clock),
      directory_(parts.database, passwords_, clock),
      keys_(key_ring_),
      status_(parts.database),
      maintenance_(parts.database, key_ring_, config.maintenance_interval, clock),
      relay_(parts.database, parts.bus, outbox_, parts.events) {
  auto queue_max = static_cast<std::size_t>(config.password.queue_max);
  // Two lanes: who is signed in can change an account while the other one is flooded.
  auto& passwords =
      parts.server.lane("password", static_cast<std::size_t>(config.password.threads), queue_max);
  auto& changes = parts.server.lane("account-change", 1, queue_max);
  sessions_.bind(parts.server.service("marquee.auth.v1.Sessions"), passwords);
  auto& accounts = parts.server.service("marquee.auth.v1.Accounts");
  sign_up_.bind(accounts, passwords);
  accounts_.bind(accounts);
  changes_.bind(accounts, changes);
  directory_.bind(parts.server.service("marquee.auth.v1.Directory"));
  keys_.bind(parts.server.service("marquee.auth.v1.Keys"));
  status_.bind(parts.server.service("marquee.auth.v1.AuthStatus"));
  events::add_metrics(parts.registry, relay_);
  parts.registry.add([this](ops::Scrape& scrape) {
    scrape.gauge("marquee_argon2_running", "Passwords that are being hashed", {},
                 passwords_.running());
    scrape.histogram("marquee_argon2_duration_seconds", "Time that hashing a password took", {},
                     passwords_.durations());
  });
}

}  // namespace marquee::auth
