#include "services/auth/directory_handlers.h"

#include "services/auth/account_rules.h"
#include "services/auth/directory_store.h"
#include "services/auth/imported_names.h"
#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

constexpr int kUsersMax = 1000;
constexpr int kEnsureMax = 5000;
constexpr std::size_t kExternalIdBytesMax = 200;
// A round fails only for accounts whose name was taken between two statements.
constexpr int kRounds = 5;

void refuse(const std::string& field, const std::string& problem) {
  throw Error::invalid("invalid_account", problem).field(field, problem);
}

std::vector<std::int64_t> checked_ids(const v1::GetUsersRequest& request) {
  if (request.ids_size() > kUsersMax) refuse("ids", "At most 1000 users at once");
  return {request.ids().begin(), request.ids().end()};
}

void check(const v1::EnsureAccountsRequest& request) {
  if (request.accounts_size() > kEnsureMax) refuse("accounts", "At most 5000 accounts at once");
  for (int i = 0; i < request.accounts_size(); ++i) {
    const auto& account = request.accounts(i);
    const std::string path = "accounts[" + std::to_string(i) + "].";
    if (!could_be_login(account.external_id()) ||
        account.external_id().size() > kExternalIdBytesMax) {
      refuse(path + "external_id", "An external id has 1 to 200 printable characters");
    }
    if (!account.email().empty()) {
      if (auto problem = email_problem(normal_form(account.email()))) {
        refuse(path + "email", *problem);
      }
    }
    if (!account.password().empty()) {
      if (auto problem = password_problem(account.password(), 1)) {
        refuse(path + "password", *problem);
      }
    }
    if (!account.birth_date().empty()) {
      if (auto problem = birth_date_problem(account.birth_date())) {
        refuse(path + "birth_date", *problem);
      }
    }
    if (auto problem = bio_problem(account.bio())) refuse(path + "bio", *problem);
  }
}

}  // namespace

void DirectoryHandlers::bind(rpc::Service& service) {
  service.on("GetUsers", &DirectoryHandlers::get_users, *this);
  service.on("GetMailAddresses", &DirectoryHandlers::get_mail_addresses, *this);
  service.on("EnsureAccounts", &DirectoryHandlers::ensure_accounts, *this);
}

v1::GetUsersReply DirectoryHandlers::get_users(const rpc::Call& call,
                                               const v1::GetUsersRequest& request) {
  auto ids = checked_ids(request);
  v1::GetUsersReply reply;
  if (ids.empty()) return reply;
  auto accounts =
      database_.read(call.deadline(), [&](db::Tx& tx) { return find_public_accounts(tx, ids); });
  for (const auto& account : accounts) {
    auto* user = reply.add_users();
    user->set_id(account.id);
    user->set_uid(account.uid);
    user->set_username(account.username);
    user->set_is_private(account.is_private);
  }
  return reply;
}

v1::GetMailAddressesReply DirectoryHandlers::get_mail_addresses(
    const rpc::Call& call, const v1::GetUsersRequest& request) {
  auto ids = checked_ids(request);
  v1::GetMailAddressesReply reply;
  if (ids.empty()) return reply;
  auto addresses =
      database_.read(call.deadline(), [&](db::Tx& tx) { return find_mail_addresses(tx, ids); });
  for (auto& address : addresses) {
    auto& entry = *reply.add_entries();
    entry.set_user_id(address.user_id);
    entry.set_email(std::move(address.email));
  }
  return reply;
}

v1::EnsureAccountsReply DirectoryHandlers::ensure_accounts(
    const rpc::Call& call, const v1::EnsureAccountsRequest& request) {
  check(request);
  std::vector<std::string> external_ids;
  for (const auto& account : request.accounts()) external_ids.push_back(account.external_id());
  auto find = [&] {
    return database_.read(call.deadline(),
                          [&](db::Tx& tx) { return find_imported(tx, external_ids); });
  };
  auto ids = find();

  std::vector<ImportedAccount> missing;
  std::map<std::string, bool> seen;
  for (const auto& account : request.accounts()) {
    if (ids.contains(account.external_id()) || !seen.emplace(account.external_id(), true).second) {
      continue;
    }
    ImportedAccount imported;
    imported.external_id = account.external_id();
    imported.username = username_from(account.username());
    imported.email = normal_form(account.email());
    imported.birth_date = account.birth_date();
    imported.bio = account.bio();
    if (!account.password().empty()) imported.password_hash = passwords_.hash(account.password());
    missing.push_back(std::move(imported));
  }

  v1::EnsureAccountsReply reply;
  for (int round = 0; !missing.empty(); ++round) {
    if (round == kRounds) {
      throw Error(Code::kAborted, "conflict", "The names are taken again and again; try again");
    }
    auto created = database_.write(call.deadline(), [&](db::Tx& tx) {
      auto named = missing;
      give_free_names(tx, named);
      return insert_imported(tx, named, clock_.now());
    });
    reply.set_created(reply.created() + static_cast<int>(created));
    ids = find();
    std::erase_if(missing, [&](const auto& account) { return ids.contains(account.external_id); });
  }
  for (const auto& external_id : external_ids) reply.add_ids(ids.at(external_id));
  return reply;
}

}  // namespace marquee::auth
