#include "services/auth/directory_store.h"

#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

constexpr db::Statement kPublic{
    "directory_public",
    "SELECT id, uid, username, is_private FROM users WHERE id = ANY($1::bigint[]) ORDER BY id"};
constexpr db::Statement kMailAddresses{
    "directory_mail_addresses",
    "SELECT id, email FROM users WHERE id = ANY($1::bigint[]) AND email IS NOT NULL ORDER BY id"};
constexpr db::Statement kImported{
    "directory_imported", "SELECT external_id, id FROM users WHERE external_id = ANY($1::text[])"};
constexpr db::Statement kUsed{
    "directory_used",
    "SELECT lower(username) FROM users WHERE lower(username) = ANY($1::text[]) UNION "
    "SELECT lower(email) FROM users WHERE lower(email) = ANY($1::text[])"};
constexpr db::Statement kLower{
    "directory_lower",
    "SELECT lower(text) FROM unnest($1::text[]) WITH ORDINALITY AS t (text, n) ORDER BY n"};
constexpr db::Statement kInsert{
    "directory_insert",
    "INSERT INTO users (external_id, username, email, password_hash, birth_date, bio, created_at) "
    "SELECT external_id, username, nullif(email, ''), nullif(password_hash, ''), "
    "nullif(birth_date, '')::date, nullif(bio, ''), from_micros($7) "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) "
    "WITH ORDINALITY AS t (external_id, username, email, password_hash, birth_date, bio, n) "
    "ORDER BY n ON CONFLICT DO NOTHING"};

std::vector<std::string> first_column(const pqxx::result& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row[0].as<std::string>());
  return texts;
}

std::string column(const std::vector<ImportedAccount>& accounts,
                   std::string ImportedAccount::*member) {
  std::vector<std::string> values;
  values.reserve(accounts.size());
  for (const auto& account : accounts) values.push_back(account.*member);
  return db::array(values);
}

}  // namespace

std::vector<PublicAccount> find_public_accounts(db::Tx& tx, const std::vector<std::int64_t>& ids) {
  std::vector<PublicAccount> accounts;
  for (const auto& row : tx.exec(kPublic, db::array(ids))) {
    accounts.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>(),
                        row[2].as<std::string>(), row[3].as<bool>()});
  }
  return accounts;
}

std::vector<MailAddress> find_mail_addresses(db::Tx& tx, const std::vector<std::int64_t>& ids) {
  std::vector<MailAddress> addresses;
  for (const auto& row : tx.exec(kMailAddresses, db::array(ids))) {
    addresses.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>()});
  }
  return addresses;
}

std::map<std::string, std::int64_t> find_imported(db::Tx& tx,
                                                  const std::vector<std::string>& external_ids) {
  std::map<std::string, std::int64_t> ids;
  for (const auto& row : tx.exec(kImported, db::array(external_ids))) {
    ids.emplace(row[0].as<std::string>(), row[1].as<std::int64_t>());
  }
  return ids;
}

std::vector<std::string> find_used_logins(db::Tx& tx, const std::vector<std::string>& logins) {
  return first_column(tx.exec(kUsed, db::array(logins)));
}

std::vector<std::string> to_lower(db::Tx& tx, const std::vector<std::string>& texts) {
  return first_column(tx.exec(kLower, db::array(texts)));
}

std::int64_t insert_imported(db::Tx& tx, const std::vector<ImportedAccount>& accounts,
                             WallTime now) {
  auto result = tx.exec(kInsert, column(accounts, &ImportedAccount::external_id),
                        column(accounts, &ImportedAccount::username),
                        column(accounts, &ImportedAccount::email),
                        column(accounts, &ImportedAccount::password_hash),
                        column(accounts, &ImportedAccount::birth_date),
                        column(accounts, &ImportedAccount::bio), micros(now));
  return static_cast<std::int64_t>(result.affected_rows());
}

}  // namespace marquee::auth
