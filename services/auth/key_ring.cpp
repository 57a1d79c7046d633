#include "services/auth/key_ring.h"

#include <algorithm>

#include "libs/core/log.h"
#include "marquee/api/bus.pb.h"
#include "services/auth/sealing.h"

namespace marquee::auth {
namespace {

constexpr char kInvalidateSubject[] = "cache.invalidate";
// To the other replicas. They would hear of their own tag on the other subject as well, and of
// every other change of anything.
constexpr char kChangedSubject[] = "auth.keys.changed";
constexpr char kTag[] = "jwks";
constexpr std::string_view kPurpose = "marquee signing key";
constexpr std::chrono::seconds kStartPatience{10};
constexpr std::chrono::seconds kLatestAge{1};
// Beyond the longest token: clocks that differ, replicas that have not heard of the successor.
constexpr std::chrono::minutes kRetiredMargin{5};

}  // namespace

KeyRing::KeyRing(db::Pool& database, bus::Bus& bus, const Config& config, const Clock& clock)
    : database_(database), bus_(bus), config_(config), clock_(clock) {
  Deadline deadline = std::chrono::steady_clock::now() + kStartPatience;
  make_key(deadline, [this](const std::vector<StoredKey>& keys) {
    bool usable = read(keys) != nullptr;
    if (!usable && !keys.empty()) {
      log::warn("key-secret opens none of the stored signing keys; making a new one");
    }
    return !usable;
  });
  load(deadline);
  changes_ = bus_.subscribe(kChangedSubject, [this](std::string_view) { stale_ = true; });
}

std::shared_ptr<const KeySet> KeyRing::current(const Deadline& deadline) {
  return younger_than(config_.keys.reload, deadline);
}

std::shared_ptr<const KeySet> KeyRing::latest(const Deadline& deadline) {
  return younger_than(kLatestAge, deadline);
}

std::shared_ptr<const KeySet> KeyRing::younger_than(std::chrono::milliseconds age,
                                                    const Deadline& deadline) {
  auto keys = known();
  if (!stale_ && std::chrono::steady_clock::now() - keys->loaded_at < age) return keys;
  // One thread reads, the others go on with what they have.
  std::unique_lock loading(loading_, std::try_to_lock);
  if (!loading) return keys;
  try {
    return load(deadline);
  } catch (const Error& error) {
    log::warn("signing keys not read", {{"error", error.message()}});
    return keys;
  }
}

std::shared_ptr<const KeySet> KeyRing::known() const {
  std::lock_guard lock(mutex_);
  return known_;
}

std::shared_ptr<const KeySet> KeyRing::load(const Deadline& deadline) {
  stale_ = false;
  auto keys = read(database_.read(deadline, [&](db::Tx& tx) { return list_keys(tx, horizon()); }));
  if (!keys) throw Error(Code::kInternal, "no_signing_key", "No signing key can be opened");
  std::lock_guard lock(mutex_);
  known_ = keys;
  return keys;
}

std::shared_ptr<const KeySet> KeyRing::read(const std::vector<StoredKey>& keys) const {
  auto set = std::make_shared<KeySet>();
  set->loaded_at = std::chrono::steady_clock::now();
  std::vector<std::string> jwks;
  for (const auto& key : keys) {
    jwks.push_back(key.jwk);
    if (!set->signing.kid.empty()) continue;
    auto pem = unseal(key.sealed_private, config_.keys.secret, kPurpose);
    if (!pem) continue;
    set->signing = {key.kid, std::move(*pem)};
    set->signing_since = key.created_at;
  }
  if (set->signing.kid.empty()) return nullptr;
  set->jwks = identity::make_jwks(jwks);
  return set;
}

template <typename Needed>
std::optional<std::string> KeyRing::make_key(const Deadline& deadline, Needed needed) {
  auto key = identity::generate_signing_key();
  StoredKey stored;
  stored.kid = key.kid;
  stored.jwk = identity::public_jwk(key);
  stored.sealed_private = seal(key.private_pem, config_.keys.secret, kPurpose);
  bool made = database_.write(deadline, [&](db::Tx& tx) {
    lock_keys(tx);
    auto keys = list_keys(tx, horizon());
    if (!needed(keys)) return false;
    stored.created_at = clock_.now();
    // Newest first is by time: a replica whose clock is behind must not make an older key.
    if (!keys.empty()) {
      stored.created_at =
          std::max(stored.created_at, keys.front().created_at + std::chrono::milliseconds(1));
    }
    insert_key(tx, stored);
    return true;
  });
  if (!made) return std::nullopt;
  log::info("signing key made", {{"kid", stored.kid}});
  return stored.kid;
}

std::string KeyRing::rotate(const Deadline& deadline) {
  auto kid = make_key(deadline, [](const std::vector<StoredKey>&) { return true; });
  load(deadline);
  announce();
  return *kid;
}

void KeyRing::rotate_if_due(const Deadline& deadline) {
  auto due = [this](WallTime since) { return clock_.now() - since >= config_.keys.rotation; };
  if (!due(current(deadline)->signing_since)) return;
  auto made = make_key(deadline, [&](const std::vector<StoredKey>& keys) {
    return keys.empty() || due(keys.front().created_at);
  });
  load(deadline);
  if (made) announce();
}

void KeyRing::purge(const Deadline& deadline) {
  database_.write(deadline, [&](db::Tx& tx) { purge_keys(tx, horizon()); });
}

void KeyRing::announce() {
  bus_.publish(kChangedSubject, {});
  api::CacheInvalidation message;
  message.add_tags(kTag);
  bus_.publish(kInvalidateSubject, message.SerializeAsString());
}

WallTime KeyRing::horizon() const {
  return clock_.now() - config_.longest_access_lifetime() - config_.keys.reload - kRetiredMargin;
}

}  // namespace marquee::auth
