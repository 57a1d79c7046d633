// The SQL of accounts. Names and e-mail addresses are unique in any case; stores throw NameTaken
// for a violation that slipped through the check before. On the thread that owns the Tx.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/auth/account.h"

namespace marquee::auth {

// Which of the two somebody else has; both may hold.
struct Taken {
  bool username = false;
  bool email = false;
};

// Thrown when a statement met the unique index; callers turn it into their surface's text.
struct NameTaken {
  Taken taken;
};

std::optional<Account> find_account(db::Tx& tx, std::int64_t id);
// By e-mail address or username in any case.
std::optional<Account> find_account_by_login(db::Tx& tx, const std::string& login);
// The same as find_account, locked until the transaction's end against changes and new sessions.
std::optional<Account> lock_account(db::Tx& tx, std::int64_t id);

// Whether accounts other than `except_id` have the name or address. A name that is somebody's
// address is taken too, and the other way round: either signs in.
Taken find_taken(db::Tx& tx, const std::optional<std::string>& username,
                 const std::optional<std::string>& email, std::int64_t except_id = 0);

Account insert_account(db::Tx& tx, const NewAccount& account, WallTime now);
void change_account(db::Tx& tx, std::int64_t id, const AccountChange& change);
// Removes the account and records it for the services that hold something of it. Its sessions must
// be revoked before.
void delete_account(db::Tx& tx, std::int64_t id);
// False when there is no such account.
bool grant_admin(db::Tx& tx, const std::string& login);

struct ListedUser {
  std::int64_t id = 0;
  std::string username;
};

// By id, above `after_id`, leaving out the first `skip`.
std::vector<ListedUser> list_accounts(db::Tx& tx, std::int64_t after_id, std::int64_t skip,
                                      int limit);
// Usernames that contain `part` in any case; whole matches first, then beginnings, then the
// shorter.
std::vector<ListedUser> search_accounts(db::Tx& tx, const std::string& part, int limit);

}  // namespace marquee::auth
