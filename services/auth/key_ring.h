// The signing keys as this replica knows them: which one signs, and the JWKS of all whose tokens
// may still live. Kept for a short time and read again when that is over or another replica says
// over the bus that it made a key. Owned by AuthService; any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "libs/bus/bus.h"
#include "libs/db/pool.h"
#include "libs/identity/keys.h"
#include "services/auth/config.h"
#include "services/auth/keys_store.h"

namespace marquee::auth {

struct KeySet {
  identity::SigningKey signing;
  std::string jwks;
  WallTime signing_since;
  std::chrono::steady_clock::time_point loaded_at;
};

class KeyRing {
 public:
  // Reads the keys and makes the first one where there is none that `config` opens.
  KeyRing(db::Pool& database, bus::Bus& bus, const Config& config, const Clock& clock);

  // Known for `reload` at most. When the database does not answer, the last known set.
  std::shared_ptr<const KeySet> current(const Deadline& deadline);
  // Read now, but for the last second.
  std::shared_ptr<const KeySet> latest(const Deadline& deadline);
  // Makes a key that signs from now on; returns its kid.
  std::string rotate(const Deadline& deadline);
  // The same when the newest key is older than `rotation`, once for all replicas.
  void rotate_if_due(const Deadline& deadline);
  // Removes keys whose last token has expired.
  void purge(const Deadline& deadline);

 private:
  std::shared_ptr<const KeySet> younger_than(std::chrono::milliseconds age,
                                             const Deadline& deadline);
  std::shared_ptr<const KeySet> known() const;
  std::shared_ptr<const KeySet> load(const Deadline& deadline);
  // Nothing when none can be opened.
  std::shared_ptr<const KeySet> read(const std::vector<StoredKey>& keys) const;
  // Nothing when `needed`, asked under the lock, says no.
  template <typename Needed>
  std::optional<std::string> make_key(const Deadline& deadline, Needed needed);
  void announce();
  WallTime horizon() const;

  db::Pool& database_;
  bus::Bus& bus_;
  const Config& config_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards known_
  std::shared_ptr<const KeySet> known_;
  std::mutex loading_;
  std::atomic<bool> stale_{false};
  bus::Subscription changes_;
};

}  // namespace marquee::auth
