#include "services/auth/session_tokens.h"

#include <algorithm>

#include "libs/core/ids.h"
#include "services/auth/accounts_store.h"
#include "services/auth/sealing.h"

namespace marquee::auth {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kSuccessorPurpose = "marquee refresh successor";
// More than any of ours has.
constexpr std::size_t kTokenCharactersMax = 128;

std::chrono::seconds whole_seconds(milliseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time);
}

}  // namespace

IssuedTokens SessionTokens::start(db::Tx& tx, const KeySet& keys, const Account& account,
                                  Surface surface) {
  WallTime now = clock_.now();
  milliseconds lifetime =
      surface == Surface::kBearer ? config_.access_lifetime : config_.cookie_lifetime;
  NewSession session;
  session.id = random_uuid();
  session.user_id = account.id;
  session.surface = surface;
  session.created_at = now;
  session.access_until = now + lifetime;
  session.expires_at = now + std::max(lifetime, config_.refresh_lifetime);
  insert_session(tx, session);
  IssuedTokens tokens;
  tokens.refresh = random_token(kTokenBytes);
  insert_refresh_token(tx, token_hash(tokens.refresh), session.id, now,
                       now + config_.refresh_lifetime);
  tokens.access = sign(keys, account, session.id, now, lifetime);
  tokens.access_lifetime = whole_seconds(lifetime);
  return tokens;
}

SessionTokens::Refreshed SessionTokens::refresh(const std::string& token,
                                                const Deadline& deadline) {
  if (token.empty() || token.size() > kTokenCharactersMax) return {};
  auto keys = keys_.current(deadline);
  return database_.write(deadline, [&](db::Tx& tx) { return refresh(tx, *keys, token); });
}

SessionTokens::Refreshed SessionTokens::refresh(db::Tx& tx, const KeySet& keys,
                                                const std::string& token) {
  const std::string hash = token_hash(token);
  auto stored = lock_refresh_token(tx, hash);
  if (!stored || stored->revoked || stored->user_id == 0) return {};
  WallTime now = clock_.now();
  if (stored->used_at && now - *stored->used_at > config_.refresh_grace) {
    // Two hold this token; which of them is the thief cannot be known.
    return {std::nullopt, revoke_session(tx, stored->session_id, now)};
  }
  if (!stored->used_at && stored->expires_at <= now) return {};
  auto account = find_account(tx, stored->user_id);
  WallTime access_until = now + config_.cookie_lifetime;
  WallTime refresh_until = now + config_.refresh_lifetime;
  if (!account || !extend_session(tx, stored->session_id, access_until,
                                  std::max(access_until, refresh_until))) {
    return {};
  }
  IssuedTokens tokens;
  if (stored->used_at) {
    auto successor = unseal(stored->successor, token, kSuccessorPurpose);
    if (!successor) throw Error(Code::kInternal, "internal", "Internal server error");
    tokens.refresh = std::move(*successor);
  } else {
    tokens.refresh = random_token(kTokenBytes);
    insert_refresh_token(tx, token_hash(tokens.refresh), stored->session_id, now, refresh_until);
    use_refresh_token(tx, hash, now, seal(tokens.refresh, token, kSuccessorPurpose));
  }
  tokens.access = sign(keys, *account, stored->session_id, now, config_.cookie_lifetime);
  tokens.access_lifetime = whole_seconds(config_.cookie_lifetime);
  return {std::move(tokens), {}};
}

std::string SessionTokens::sign(const KeySet& keys, const Account& account,
                                const std::string& session_id, WallTime now,
                                milliseconds lifetime) const {
  identity::Claims claims;
  claims.user_id = account.id;
  claims.uid = account.uid;
  claims.session_id = session_id;
  claims.role = account.role;
  claims.subject = std::to_string(account.id);
  claims.issued_at = now;
  claims.expires_at = now + lifetime;
  return identity::sign(claims, keys.signing);
}

}  // namespace marquee::auth
