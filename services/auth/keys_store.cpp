#include "services/auth/keys_store.h"

#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

constexpr db::Statement kList{
    "keys_list",
    "SELECT kid, sealed_private, jwk, to_micros(created_at), retired_at IS NOT NULL "
    "FROM signing_keys WHERE retired_at IS NULL OR retired_at > from_micros($1) "
    "ORDER BY created_at DESC, kid"};
constexpr db::Statement kRetire{
    "keys_retire", "UPDATE signing_keys SET retired_at = from_micros($1) WHERE retired_at IS NULL"};
constexpr db::Statement kInsert{"keys_insert",
                                "INSERT INTO signing_keys (kid, sealed_private, jwk, created_at) "
                                "VALUES ($1, $2::bytea, $3, from_micros($4))"};
constexpr db::Statement kPurge{"keys_purge",
                               "DELETE FROM signing_keys WHERE retired_at <= from_micros($1)"};

}  // namespace

void lock_keys(db::Tx& tx) {
  tx.run("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE");
}

std::vector<StoredKey> list_keys(db::Tx& tx, WallTime horizon) {
  std::vector<StoredKey> keys;
  for (const auto& row : tx.exec(kList, micros(horizon))) {
    keys.push_back({row[0].as<std::string>(), db::from_bytea(row[1].as<std::string>()),
                    row[2].as<std::string>(), from_micros(row[3].as<std::int64_t>()),
                    row[4].as<bool>()});
  }
  return keys;
}

void insert_key(db::Tx& tx, const StoredKey& key) {
  tx.exec(kRetire, micros(key.created_at));
  tx.exec(kInsert, key.kid, db::bytea(key.sealed_private), key.jwk, micros(key.created_at));
}

void purge_keys(db::Tx& tx, WallTime horizon) {
  tx.exec(kPurge, micros(horizon));
}

}  // namespace marquee::auth
