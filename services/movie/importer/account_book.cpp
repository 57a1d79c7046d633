#include "services/movie/importer/account_book.h"

#include <chrono>

#include "marquee/auth/v1/accounts.pb.h"

namespace marquee::movie::importer {
namespace {

constexpr char kEnsureAccounts[] = "marquee.auth.v1.Directory/EnsureAccounts";
constexpr std::size_t kBatch = 5'000;
// Passwords are slow to hash by design.
constexpr std::size_t kBatchWithPasswords = 10;
constexpr std::chrono::seconds kPatience{60};

constexpr db::Statement kUnknownUsers{"import_unknown_users", R"sql(
  SELECT w.source_user FROM unnest($2::text[]) WITH ORDINALITY AS w(source_user, place)
   WHERE NOT EXISTS (SELECT FROM import_users u
                      WHERE u.kind = $1 AND u.source_user = w.source_user)
   ORDER BY w.place)sql"};
constexpr db::Statement kRememberUsers{"import_remember_users", R"sql(
  INSERT INTO import_users (kind, source_user, user_id)
  SELECT $1, w.source_user, w.user_id
    FROM unnest($2::text[], $3::bigint[]) AS w(source_user, user_id)
  ON CONFLICT (kind, source_user) DO UPDATE SET user_id = excluded.user_id)sql"};

Deadline soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

}  // namespace

std::vector<std::string> AccountBook::unknown(const std::set<std::string>& users) {
  const std::vector<std::string> wanted(users.begin(), users.end());
  return pool_.read(soon(), [&](db::Tx& tx) {
    std::vector<std::string> missing;
    for (const auto& row : tx.exec(kUnknownUsers, kind_, db::array(wanted))) {
      missing.push_back(row[0].as<std::string>());
    }
    return missing;
  });
}

void AccountBook::open_raters(const std::set<std::string>& users) {
  if (users.empty()) return;
  std::vector<AccountRow> accounts;
  for (auto& user : unknown(users)) {
    AccountRow account;
    account.username = kind_ + "_" + user;
    account.source_user = std::move(user);
    accounts.push_back(std::move(account));
  }
  open(accounts);
}

std::int64_t AccountBook::open(const std::vector<AccountRow>& accounts) {
  std::int64_t created = 0;
  std::vector<AccountRow> batch;
  std::size_t passwords = 0;
  for (const auto& account : accounts) {
    batch.push_back(account);
    if (!account.password.empty()) ++passwords;
    if (batch.size() < kBatch && passwords < kBatchWithPasswords) continue;
    created += open_batch(batch);
    batch.clear();
    passwords = 0;
  }
  if (!batch.empty()) created += open_batch(batch);
  return created;
}

std::int64_t AccountBook::open_batch(const std::vector<AccountRow>& accounts) {
  auth::v1::EnsureAccountsRequest request;
  std::vector<std::string> users;
  for (const auto& account : accounts) {
    auto& wanted = *request.add_accounts();
    wanted.set_external_id(kind_ + ":" + account.source_user);
    wanted.set_username(account.username);
    wanted.set_email(account.email);
    wanted.set_password(account.password);
    wanted.set_birth_date(account.birth_date);
    wanted.set_bio(account.bio);
    users.push_back(account.source_user);
  }
  auth::v1::EnsureAccountsReply reply;
  try {
    auto call = rpc::Call::for_current_request(soon());
    reply = auth_.call<auth::v1::EnsureAccountsReply>(kEnsureAccounts, request, call);
  } catch (const Error& error) {
    throw Error(error.code(), error.reason(),
                "the auth service made no accounts: " + error.message());
  }
  std::vector<std::int64_t> ids(reply.ids().begin(), reply.ids().end());
  if (ids.size() != users.size()) {
    throw Error(Code::kInternal, "internal", "the auth service answered for other accounts");
  }
  pool_.write(soon(), [&](db::Tx& tx) {
    tx.exec(kRememberUsers, kind_, db::array(users), db::array(ids));
  });
  return reply.created();
}

}  // namespace marquee::movie::importer
