// The SQL of sessions and their refresh tokens. On the thread that owns the Tx.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/auth/account.h"

namespace marquee::auth {

enum class Surface { kBearer, kCookie };

struct NewSession {
  std::string id;
  std::int64_t user_id = 0;
  Surface surface = Surface::kBearer;
  WallTime created_at;
  WallTime access_until;
  WallTime expires_at;
};

struct RevokedSession {
  std::string id;
  WallTime revoked_at;
  WallTime access_until;
};

struct RefreshToken {
  std::string session_id;
  WallTime expires_at;
  std::optional<WallTime> used_at;
  std::string successor;  // sealed; set once used
  bool revoked = false;
  std::int64_t user_id = 0;  // 0: the user is gone
};

// Records a success: failures are forgotten and `new_hash` (where set) replaces the hash. False
// when the account no longer has `verified_hash`, which means that somebody changed the password
// since. Keeps the account locked until the transaction's end.
bool accept_sign_in(db::Tx& tx, std::int64_t user_id, const std::string& verified_hash,
                    const std::optional<std::string>& new_hash);
// Counts a failure and returns how many there are in a row now; keeps the account locked.
int count_failure(db::Tx& tx, std::int64_t user_id);
void set_locked_until(db::Tx& tx, std::int64_t user_id, WallTime until);

void insert_session(db::Tx& tx, const NewSession& session);
void insert_refresh_token(db::Tx& tx, const std::string& hash, const std::string& session_id,
                          WallTime issued_at, WallTime expires_at);
// Locks the token until the transaction's end.
std::optional<RefreshToken> lock_refresh_token(db::Tx& tx, const std::string& hash);
void use_refresh_token(db::Tx& tx, const std::string& hash, WallTime used_at,
                       const std::string& sealed_successor);
// False when the session was revoked meanwhile.
bool extend_session(db::Tx& tx, const std::string& session_id, WallTime access_until,
                    WallTime expires_at);

// Returns what was revoked now; nothing for sessions that were before.
std::vector<RevokedSession> revoke_session(db::Tx& tx, const std::string& session_id, WallTime now);
// All of a user but `except_session_id` ("" for none).
std::vector<RevokedSession> revoke_sessions_of(db::Tx& tx, std::int64_t user_id,
                                               const std::string& except_session_id, WallTime now);
// Revoked after `since`, with access tokens that live at `now`; oldest first, about `limit` (equal
// times are not parted).
std::vector<RevokedSession> list_revoked(db::Tx& tx, std::optional<WallTime> since, WallTime now,
                                         int limit);

// Removes at most `limit` sessions (with their tokens) and as many tokens that nobody can use any
// more; returns how many rows went.
std::int64_t purge_expired(db::Tx& tx, WallTime now, int limit);

}  // namespace marquee::auth
