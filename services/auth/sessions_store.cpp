#include "services/auth/sessions_store.h"

#include "libs/core/ids.h"
#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

constexpr db::Statement kAccept{
    "session_accept_sign_in",
    "UPDATE users SET failed_logins = 0, locked_until = NULL, "
    "password_hash = coalesce($3::text, password_hash) WHERE id = $1 AND password_hash = $2"};
constexpr db::Statement kCountFailure{
    "session_count_failure",
    "UPDATE users SET failed_logins = failed_logins + 1 WHERE id = $1 RETURNING failed_logins"};
constexpr db::Statement kLockUntil{"session_lock_until",
                                   "UPDATE users SET locked_until = from_micros($2) WHERE id = $1"};
constexpr db::Statement kInsertSession{
    "session_insert",
    "INSERT INTO sessions (id, user_id, surface, created_at, access_until, expires_at) VALUES "
    "($1::uuid, $2, $3, from_micros($4), from_micros($5), from_micros($6))"};
constexpr db::Statement kInsertToken{
    "session_insert_token",
    "INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at) VALUES "
    "($1::bytea, $2::uuid, from_micros($3), from_micros($4))"};
constexpr db::Statement kLockToken{
    "session_lock_token",
    "SELECT t.session_id, to_micros(t.expires_at), to_micros(t.used_at), t.successor, "
    "s.revoked_at IS NOT NULL, coalesce(s.user_id, 0) FROM refresh_tokens t "
    "JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = $1::bytea FOR UPDATE OF t"};
constexpr db::Statement kUseToken{
    "session_use_token",
    "UPDATE refresh_tokens SET used_at = from_micros($2), successor = $3::bytea "
    "WHERE token_hash = $1::bytea"};
constexpr db::Statement kExtend{
    "session_extend",
    "UPDATE sessions SET access_until = greatest(access_until, from_micros($2)), "
    "expires_at = greatest(expires_at, from_micros($3)) "
    "WHERE id = $1::uuid AND revoked_at IS NULL"};
constexpr db::Statement kRevoke{
    "session_revoke",
    "UPDATE sessions SET revoked_at = from_micros($2) WHERE id = $1::uuid AND revoked_at IS NULL "
    "RETURNING id, to_micros(revoked_at), to_micros(access_until)"};
constexpr db::Statement kRevokeOf{"session_revoke_of",
                                  "UPDATE sessions SET revoked_at = from_micros($3) "
                                  "WHERE user_id = $1 AND revoked_at IS NULL AND id::text <> $2 "
                                  "RETURNING id, to_micros(revoked_at), to_micros(access_until)"};
constexpr db::Statement kListRevoked{
    "session_list_revoked",
    "SELECT id, to_micros(revoked_at), to_micros(access_until) FROM sessions "
    "WHERE revoked_at > from_micros($1) AND access_until > from_micros($2) "
    "ORDER BY revoked_at FETCH FIRST $3 ROWS WITH TIES"};
constexpr db::Statement kPurgeSessions{
    "session_purge",
    "DELETE FROM sessions WHERE id IN "
    "(SELECT id FROM sessions WHERE expires_at < from_micros($1) LIMIT $2 FOR UPDATE SKIP LOCKED)"};
constexpr db::Statement kPurgeTokens{
    "session_purge_tokens",
    "DELETE FROM refresh_tokens WHERE token_hash IN (SELECT token_hash FROM refresh_tokens "
    "WHERE expires_at < from_micros($1) LIMIT $2 FOR UPDATE SKIP LOCKED)"};

const char* surface_name(Surface surface) {
  return surface == Surface::kBearer ? "bearer" : "cookie";
}

std::vector<RevokedSession> read_revoked(const pqxx::result& rows) {
  std::vector<RevokedSession> sessions;
  for (const auto& row : rows) {
    sessions.push_back({row[0].as<std::string>(), from_micros(row[1].as<std::int64_t>()),
                        from_micros(row[2].as<std::int64_t>())});
  }
  return sessions;
}

}  // namespace

bool accept_sign_in(db::Tx& tx, std::int64_t user_id, const std::string& verified_hash,
                    const std::optional<std::string>& new_hash) {
  return tx.exec(kAccept, user_id, verified_hash, new_hash).affected_rows() == 1;
}

int count_failure(db::Tx& tx, std::int64_t user_id) {
  auto rows = tx.exec(kCountFailure, user_id);
  return rows.empty() ? 0 : rows[0][0].as<int>();
}

void set_locked_until(db::Tx& tx, std::int64_t user_id, WallTime until) {
  tx.exec(kLockUntil, user_id, micros(until));
}

void insert_session(db::Tx& tx, const NewSession& session) {
  tx.exec(kInsertSession, session.id, session.user_id, surface_name(session.surface),
          micros(session.created_at), micros(session.access_until), micros(session.expires_at));
}

void insert_refresh_token(db::Tx& tx, const std::string& hash, const std::string& session_id,
                          WallTime issued_at, WallTime expires_at) {
  tx.exec(kInsertToken, db::bytea(hash), session_id, micros(issued_at), micros(expires_at));
}

std::optional<RefreshToken> lock_refresh_token(db::Tx& tx, const std::string& hash) {
  auto rows = tx.exec(kLockToken, db::bytea(hash));
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  RefreshToken token;
  token.session_id = row[0].as<std::string>();
  token.expires_at = from_micros(row[1].as<std::int64_t>());
  if (!row[2].is_null()) {
    token.used_at = from_micros(row[2].as<std::int64_t>());
    token.successor = db::from_bytea(row[3].as<std::string>());
  }
  token.revoked = row[4].as<bool>();
  token.user_id = row[5].as<std::int64_t>();
  return token;
}

void use_refresh_token(db::Tx& tx, const std::string& hash, WallTime used_at,
                       const std::string& sealed_successor) {
  tx.exec(kUseToken, db::bytea(hash), micros(used_at), db::bytea(sealed_successor));
}

bool extend_session(db::Tx& tx, const std::string& session_id, WallTime access_until,
                    WallTime expires_at) {
  return tx.exec(kExtend, session_id, micros(access_until), micros(expires_at)).affected_rows() ==
         1;
}

std::vector<RevokedSession> revoke_session(db::Tx& tx, const std::string& session_id,
                                           WallTime now) {
  if (!is_uuid(session_id)) return {};
  return read_revoked(tx.exec(kRevoke, session_id, micros(now)));
}

std::vector<RevokedSession> revoke_sessions_of(db::Tx& tx, std::int64_t user_id,
                                               const std::string& except_session_id, WallTime now) {
  return read_revoked(tx.exec(kRevokeOf, user_id, except_session_id, micros(now)));
}

std::vector<RevokedSession> list_revoked(db::Tx& tx, std::optional<WallTime> since, WallTime now,
                                         int limit) {
  return read_revoked(tx.exec(kListRevoked, since ? micros(*since) : 0, micros(now), limit));
}

std::int64_t purge_expired(db::Tx& tx, WallTime now, int limit) {
  auto sessions = tx.exec(kPurgeSessions, micros(now), limit).affected_rows();
  auto tokens = tx.exec(kPurgeTokens, micros(now), limit).affected_rows();
  return static_cast<std::int64_t>(sessions + tokens);
}

}  // namespace marquee::auth
