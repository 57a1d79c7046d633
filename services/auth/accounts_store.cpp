#include "services/auth/accounts_store.h"

#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

#define ACCOUNT_COLUMNS                                                          \
  "id, uid, username, email, password_hash, role, birth_date, bio, is_private, " \
  "to_micros(locked_until)"

constexpr db::Statement kFind{"account_find",
                              "SELECT " ACCOUNT_COLUMNS " FROM users WHERE id = $1"};
constexpr db::Statement kLock{"account_lock",
                              "SELECT " ACCOUNT_COLUMNS " FROM users WHERE id = $1 FOR UPDATE"};
constexpr db::Statement kFindByLogin{
    "account_find_by_login",
    "SELECT " ACCOUNT_COLUMNS
    " FROM users WHERE lower(username) = lower($1) OR lower(email) = lower($1) "
    "ORDER BY coalesce(lower(email) = lower($1), false) DESC LIMIT 1"};
constexpr db::Statement kTaken{
    "account_taken",
    "SELECT EXISTS (SELECT FROM users WHERE (lower(username) = lower($1::text) OR "
    "lower(email) = lower($1::text)) AND id <> $3), "
    "EXISTS (SELECT FROM users WHERE (lower(email) = lower($2::text) OR "
    "lower(username) = lower($2::text)) AND id <> $3)"};
constexpr db::Statement kInsert{
    "account_insert",
    "INSERT INTO users (username, email, password_hash, birth_date, created_at) "
    "VALUES ($1, $2, $3, $4::date, from_micros($5)) RETURNING " ACCOUNT_COLUMNS};
constexpr db::Statement kChange{
    "account_change",
    "UPDATE users SET username = coalesce($2::text, username), email = coalesce($3::text, email), "
    "password_hash = coalesce($4::text, password_hash), "
    "bio = CASE WHEN $5::text IS NULL THEN bio ELSE nullif($5::text, '') END, "
    "birth_date = CASE WHEN $6::text IS NULL THEN birth_date ELSE nullif($6::text, '')::date END, "
    "is_private = coalesce($7::boolean, is_private) WHERE id = $1"};
constexpr db::Statement kDelete{"account_delete", "DELETE FROM users WHERE id = $1"};
constexpr db::Statement kGrantAdmin{
    "account_grant_admin",
    "UPDATE users SET role = 'admin' WHERE id = (SELECT id FROM users WHERE lower(username) = "
    "lower($1) OR lower(email) = lower($1) ORDER BY (lower(username) = lower($1)) DESC LIMIT 1)"};
constexpr db::Statement kList{
    "account_list", "SELECT id, username FROM users WHERE id > $1 ORDER BY id OFFSET $2 LIMIT $3"};
constexpr db::Statement kSearch{
    "account_search",
    "SELECT id, username FROM users WHERE username ILIKE '%' || $2::text || '%' "
    "ORDER BY (lower(username) = lower($1)) DESC, (username ILIKE $2::text || '%') DESC, "
    "length(username), lower(username) LIMIT $3"};

std::optional<std::string> text(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::string>();
}

Account read_account(const pqxx::row& row) {
  Account account;
  account.id = row[0].as<std::int64_t>();
  account.uid = row[1].as<std::string>();
  account.username = row[2].as<std::string>();
  account.email = text(row[3]);
  account.password_hash = text(row[4]);
  account.role =
      row[5].as<std::string>() == "admin" ? rpc::Caller::Role::kAdmin : rpc::Caller::Role::kUser;
  account.birth_date = text(row[6]);
  account.bio = text(row[7]);
  account.is_private = row[8].as<bool>();
  if (!row[9].is_null()) account.locked_until = from_micros(row[9].as<std::int64_t>());
  return account;
}

std::optional<Account> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_account(rows[0]);
}

std::vector<ListedUser> listed(const pqxx::result& rows) {
  std::vector<ListedUser> users;
  for (const auto& row : rows) {
    users.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>()});
  }
  return users;
}

[[noreturn]] void rethrow_as_taken(const db::ConstraintViolation& violation) {
  if (violation.constraint() == "users_username_key") throw NameTaken{{true, false}};
  if (violation.constraint() == "users_email_key") throw NameTaken{{false, true}};
  throw violation;
}

std::string escape_like(const std::string& part) {
  std::string escaped;
  for (char c : part) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::optional<Account> find_account(db::Tx& tx, std::int64_t id) {
  return first(tx.exec(kFind, id));
}

std::optional<Account> find_account_by_login(db::Tx& tx, const std::string& login) {
  return first(tx.exec(kFindByLogin, login));
}

std::optional<Account> lock_account(db::Tx& tx, std::int64_t id) {
  return first(tx.exec(kLock, id));
}

Taken find_taken(db::Tx& tx, const std::optional<std::string>& username,
                 const std::optional<std::string>& email, std::int64_t except_id) {
  auto rows = tx.exec(kTaken, username, email, except_id);
  return {rows[0][0].as<bool>(), rows[0][1].as<bool>()};
}

Account insert_account(db::Tx& tx, const NewAccount& account, WallTime now) {
  try {
    return *first(tx.exec(kInsert, account.username, account.email, account.password_hash,
                          account.birth_date, micros(now)));
  } catch (const db::ConstraintViolation& violation) {
    rethrow_as_taken(violation);
  }
}

void change_account(db::Tx& tx, std::int64_t id, const AccountChange& change) {
  try {
    tx.exec(kChange, id, change.username, change.email, change.password_hash, change.bio,
            change.birth_date, change.is_private);
  } catch (const db::ConstraintViolation& violation) {
    rethrow_as_taken(violation);
  }
}

void delete_account(db::Tx& tx, std::int64_t id) {
  tx.exec(kDelete, id);
}

bool grant_admin(db::Tx& tx, const std::string& login) {
  return tx.exec(kGrantAdmin, login).affected_rows() > 0;
}

std::vector<ListedUser> list_accounts(db::Tx& tx, std::int64_t after_id, std::int64_t skip,
                                      int limit) {
  return listed(tx.exec(kList, after_id, skip, limit));
}

std::vector<ListedUser> search_accounts(db::Tx& tx, const std::string& part, int limit) {
  return listed(tx.exec(kSearch, part, escape_like(part), limit));
}

}  // namespace marquee::auth
