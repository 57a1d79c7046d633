// The SQL of signing keys. On the thread that owns the Tx.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/db/tx.h"

namespace marquee::auth {

struct StoredKey {
  std::string kid;
  std::string sealed_private;
  std::string jwk;
  WallTime created_at;
  bool retired = false;
};

// One replica at a time makes a key; until the transaction's end.
void lock_keys(db::Tx& tx);
// Keys in use and those retired after `horizon`, newest first.
std::vector<StoredKey> list_keys(db::Tx& tx, WallTime horizon);
// Retires all others.
void insert_key(db::Tx& tx, const StoredKey& key);
void purge_keys(db::Tx& tx, WallTime horizon);

}  // namespace marquee::auth
