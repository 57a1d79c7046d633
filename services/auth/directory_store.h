// The SQL by which other services ask about users, in batches. On the thread that owns the Tx.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/auth/account.h"

namespace marquee::auth {

struct PublicAccount {
  std::int64_t id = 0;
  std::string uid;
  std::string username;
  bool is_private = false;
};

struct MailAddress {
  std::int64_t user_id = 0;
  std::string email;
};

// Empty texts are unset.
struct ImportedAccount {
  std::string external_id;
  std::string username;
  std::string email;
  std::string password_hash;
  std::string birth_date;
  std::string bio;
};

std::vector<PublicAccount> find_public_accounts(db::Tx& tx, const std::vector<std::int64_t>& ids);
// Of those that have one.
std::vector<MailAddress> find_mail_addresses(db::Tx& tx, const std::vector<std::int64_t>& ids);
// Ids by external id, of those that exist.
std::map<std::string, std::int64_t> find_imported(db::Tx& tx,
                                                  const std::vector<std::string>& external_ids);
// Those of `logins` (in lower case) that are somebody's username or e-mail address.
std::vector<std::string> find_used_logins(db::Tx& tx, const std::vector<std::string>& logins);
// In lower case as the database sees it, in the same order.
std::vector<std::string> to_lower(db::Tx& tx, const std::vector<std::string>& texts);
// One statement; leaves out those whose external id, name or address was taken meanwhile. Returns
// how many were made.
std::int64_t insert_imported(db::Tx& tx, const std::vector<ImportedAccount>& accounts,
                             WallTime now);

}  // namespace marquee::auth
