// Which account stands for which user of a data set: made by auth on demand, in batches, and
// remembered in import_users until the import ends. Owned by the import, one thread, never inside a
// transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "libs/rpc/channel.h"

namespace marquee::movie::importer {

struct AccountRow {
  std::int64_t line = 0;
  std::string source_user;  // "17", "demo"
  std::string username;
  std::string email;     // empty: none
  std::string password;  // empty: nobody can sign in
  std::string birth_date;
  std::string bio;
};

class AccountBook {
 public:
  // `kind` names the data set: the external id of an account is "<kind>:<source user>".
  AccountBook(db::Pool& pool, rpc::Channel& auth, std::string kind)
      : pool_(pool), auth_(auth), kind_(std::move(kind)) {}

  const std::string& kind() const { return kind_; }
  // Sees to it that each of these users has an account ("<kind>_<user>", locked). Throws Error.
  void open_raters(const std::set<std::string>& users);
  // Sees to these accounts; how many of them are new. Throws Error.
  std::int64_t open(const std::vector<AccountRow>& accounts);

 private:
  std::vector<std::string> unknown(const std::set<std::string>& users);
  std::int64_t open_batch(const std::vector<AccountRow>& accounts);

  db::Pool& pool_;
  rpc::Channel& auth_;
  const std::string kind_;
};

}  // namespace marquee::movie::importer
