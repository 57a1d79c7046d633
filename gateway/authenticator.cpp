#include "gateway/authenticator.h"

#include <stdexcept>

#include <sodium.h>

namespace marquee::gateway {

Authenticator::Authenticator(AuthDirectory& directory) : directory_(directory) {
  if (sodium_init() < 0) throw std::runtime_error("no source of random numbers");
  crypto_generichash_keygen(hash_key_.data());
}

std::string Authenticator::hash_of(std::string_view token) const {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     hash_key_.data(), hash_key_.size());
  return hash;
}

Identity Authenticator::admit(Known known, WallTime now) const {
  Identity identity;
  if (known.expires_at <= now) {
    identity.state = Identity::State::kExpired;
  } else if (directory_.is_revoked(known.caller.session_id)) {
    identity.state = Identity::State::kInvalid;
  } else {
    identity.state = Identity::State::kValid;
    identity.caller = std::move(known.caller);
  }
  return identity;
}

void Authenticator::end_session(const std::string& session_id) {
  if (!session_id.empty()) directory_.revoke_session(session_id);
}

std::optional<Identity> Authenticator::identify(std::string_view token) {
  Identity identity;
  if (!directory_.ready()) {
    identity.state = Identity::State::kUnavailable;
    return identity;
  }
  if (token.size() > identity::kTokenBytesMax) {
    identity.state = Identity::State::kInvalid;
    return identity;
  }
  WallTime now = std::chrono::system_clock::now();
  AuthDirectory::Keys keys = directory_.keys();
  std::string hash = hash_of(token);
  Shard& shard = shards_[static_cast<unsigned char>(hash[0]) % kShards];
  {
    std::lock_guard lock(shard.mutex);
    auto it = shard.by_hash.find(hash);
    if (it != shard.by_hash.end() && it->second.generation == keys.generation) {
      return admit(it->second, now);
    }
  }
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
  Known known{identity::caller_of(claims), claims.expires_at, keys.generation};
  std::lock_guard lock(shard.mutex);
  if (shard.by_hash.size() >= kTokensPerShard) {
    std::erase_if(shard.by_hash, [&](const auto& entry) {
      return entry.second.expires_at <= now || entry.second.generation != keys.generation;
    });
    if (shard.by_hash.size() >= kTokensPerShard) shard.by_hash.erase(shard.by_hash.begin());
  }
  shard.by_hash.insert_or_assign(std::move(hash), known);
  return admit(std::move(known), now);
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
