#include "gateway/authenticator.h"

#include <cstring>
#include <stdexcept>

#include <sodium.h>

namespace marquee::gateway {

Authenticator::Authenticator(AuthDirectory& directory, std::size_t cores)
    : directory_(directory), fronts_(cores) {
  if (sodium_init() < 0) throw std::runtime_error("no source of random numbers");
  crypto_generichash_keygen(hash_key_.data());
}

// Strangers cannot choose where they land but by tokens that verify.
Authenticator::Remembered& Authenticator::Front::slot_of(std::string_view token) {
  std::uint64_t end = 0;
  const std::size_t size = std::min(token.size(), sizeof(end));
  std::memcpy(&end, token.data() + token.size() - size, size);
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  return slots[(end * kSpread >> 32) % slots.size()];
}

std::string Authenticator::hash_of(std::string_view token) const {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     hash_key_.data(), hash_key_.size());
  return hash;
}

Identity Authenticator::admit(const Known& known, WallTime now) const {
  Identity identity;
  if (known.expires_at <= now) {
    identity.state = Identity::State::kExpired;
  } else if (directory_.is_revoked(known.caller->session_id)) {
    identity.state = Identity::State::kInvalid;
  } else {
    identity.state = Identity::State::kValid;
    identity.caller = known.caller;
  }
  return identity;
}

std::optional<Identity> Authenticator::admit_remembered(Remembered& slot, std::string_view token,
                                                        WallTime now) const {
  if (slot.known.generation != directory_.keys_generation() || slot.token != token) {
    return std::nullopt;
  }
  const std::uint64_t revocations = directory_.revocations_generation();
  Identity identity;
  if (slot.revocations == revocations && now < slot.known.expires_at) {
    identity.state = Identity::State::kValid;
    identity.caller = slot.known.caller;
    return identity;
  }
  identity = admit(slot.known, now);
  if (identity.state == Identity::State::kValid) slot.revocations = revocations;
  return identity;
}

std::optional<Authenticator::Known> Authenticator::recall(const std::string& hash,
                                                          std::uint64_t generation) {
  Shard& shard = shards_[static_cast<unsigned char>(hash[0]) % kShards];
  std::lock_guard lock(shard.mutex);
  auto it = shard.by_hash.find(hash);
  if (it == shard.by_hash.end() || it->second.generation != generation) return std::nullopt;
  return it->second;
}

void Authenticator::end_session(const std::string& session_id) {
  if (!session_id.empty()) directory_.revoke_session(session_id);
}

void Authenticator::keep(std::string hash, const Known& known, WallTime now) {
  Shard& shard = shards_[static_cast<unsigned char>(hash[0]) % kShards];
  std::lock_guard lock(shard.mutex);
  if (shard.by_hash.size() >= kTokensPerShard) {
    std::erase_if(shard.by_hash, [&](const auto& entry) {
      return entry.second.expires_at <= now || entry.second.generation != known.generation;
    });
    if (shard.by_hash.size() >= kTokensPerShard) shard.by_hash.erase(shard.by_hash.begin());
  }
  shard.by_hash.insert_or_assign(std::move(hash), known);
}

std::optional<Identity> Authenticator::identify(std::string_view token) {
  Identity identity;
  if (!directory_.ready()) {
    identity.state = Identity::State::kUnavailable;
    return identity;
  }
  if (token.empty() || token.size() > identity::kTokenBytesMax) {
    identity.state = Identity::State::kInvalid;
    return identity;
  }
  WallTime now = std::chrono::system_clock::now();
  Front* front = fronts_.here();
  if (front != nullptr) {
    if (auto admitted = admit_remembered(front->slot_of(token), token, now)) return admitted;
  }
  // Before the question whether the session was ended, so that an end in between is noticed.
  const std::uint64_t revocations = directory_.revocations_generation();
  AuthDirectory::Keys keys = directory_.keys();
  std::string hash = hash_of(token);
  std::optional<Known> known = recall(hash, keys.generation);
  if (!known) {
    identity::Claims claims;
    switch (keys.verifier->verify(token, now, claims)) {
      case identity::Verifier::Result::kValid:
        break;
      case identity::Verifier::Result::kExpired:
        identity.state = Identity::State::kExpired;
        return identity;
      case identity::Verifier::Result::kUnknownKey:
        return std::nullopt;
      case identity::Verifier::Result::kInvalid:
        identity.state = Identity::State::kInvalid;
        return identity;
    }
    known.emplace();
    known->caller = std::make_shared<const rpc::Caller>(identity::caller_of(claims));
    known->expires_at = claims.expires_at;
    known->generation = keys.generation;
    keep(std::move(hash), *known, now);
  }
  identity = admit(*known, now);
  if (front != nullptr && identity.state == Identity::State::kValid) {
    Remembered& slot = front->slot_of(token);
    slot.token = token;
    // Of this core's own, so that its count of users is no other core's business.
    slot.known = *known;
    slot.known.caller = std::make_shared<const rpc::Caller>(*known->caller);
    slot.revocations = revocations;
  }
  return identity;
}

net::awaitable<Identity> Authenticator::identify_patiently(std::string token) {
  co_await directory_.read_keys_again();
  std::optional<Identity> identity = identify(token);
  if (!identity) {
    identity.emplace();
    identity->state = Identity::State::kInvalid;
  }
  co_return *identity;
}

}  // namespace marquee::gateway
