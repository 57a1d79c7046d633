#include "services/auth/credentials.h"

#include "services/auth/account_rules.h"
#include "services/auth/accounts_store.h"
#include "services/auth/lockout.h"
#include "services/auth/sessions_store.h"

namespace marquee::auth {
namespace {

[[noreturn]] void refuse_locked(std::chrono::system_clock::duration left) {
  auto wait = std::chrono::ceil<std::chrono::seconds>(left);
  throw Error(Code::kResourceExhausted, "account_locked",
              "Too many failed attempts. Try again later.")
      .retry_after(wait);
}

}  // namespace

std::optional<Account> Credentials::check(const std::string& login, const std::string& password,
                                          const Deadline& deadline) {
  std::optional<Account> account;
  if (could_be_login(login)) {
    account = database_.read(
        deadline, [&](db::Tx& tx) { return find_account_by_login(tx, normal_form(login)); });
  }
  if (!account) {
    passwords_.pretend(password);
    return std::nullopt;
  }
  return matches(*account, password, deadline) ? account : std::nullopt;
}

bool Credentials::matches(const Account& account, const std::string& password,
                          const Deadline& deadline) {
  WallTime now = clock_.now();
  if (account.locked_until && *account.locked_until > now) {
    refuse_locked(*account.locked_until - now);
  }
  if (!account.password_hash) {
    passwords_.pretend(password);
    return false;
  }
  if (passwords_.matches(*account.password_hash, password)) return true;
  count_failure(account.id, deadline);
  return false;
}

void Credentials::count_failure(std::int64_t user_id, const Deadline& deadline) {
  database_.write(deadline, [&](db::Tx& tx) {
    auto lock = lock_time(auth::count_failure(tx, user_id), config_);
    if (lock.count() > 0) set_locked_until(tx, user_id, clock_.now() + lock);
  });
}

}  // namespace marquee::auth
