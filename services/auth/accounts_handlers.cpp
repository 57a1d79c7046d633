#include "services/auth/accounts_handlers.h"

#include <algorithm>
#include <charconv>

#include "libs/core/ids.h"
#include "marquee/events/v1/users.pb.h"
#include "services/auth/account_access.h"
#include "services/auth/account_rules.h"
#include "services/auth/accounts_store.h"

namespace marquee::auth {
namespace {

constexpr int kPageDefault = 20;
constexpr int kPageMax = 100;
constexpr int kSearchMax = 100;

int page_limit(int asked) {
  return asked <= 0 ? kPageDefault : std::min(asked, kPageMax);
}

std::string encode_cursor(std::int64_t id) {
  return base64url_encode(std::to_string(id));
}

std::int64_t decode_cursor(const std::string& cursor) {
  std::string text;
  std::int64_t id = 0;
  bool good = base64url_decode(cursor, text);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (!good || error != std::errc() || end != text.data() + text.size() || id < 0) {
    throw Error::invalid("invalid_cursor", "Invalid cursor").field("cursor", "Invalid cursor");
  }
  return id;
}

v1::User to_user(const Account& account, bool with_email) {
  v1::User user;
  user.set_id(account.id);
  user.set_username(account.username);
  if (with_email && account.email) user.set_email(*account.email);
  return user;
}

template <typename Reply>
void add_users(Reply& reply, const std::vector<ListedUser>& users) {
  for (const auto& user : users) {
    auto* entry = reply.add_users();
    entry->set_id(user.id);
    entry->set_username(user.username);
  }
}

v1::MessageReply message(std::string text) {
  v1::MessageReply reply;
  reply.set_message(std::move(text));
  return reply;
}

}  // namespace

void AccountsHandlers::bind(rpc::Service& service) {
  service.on("ListUsers", &AccountsHandlers::list_users, *this);
  service.on("GetUser", &AccountsHandlers::get_user, *this);
  service.on("DeleteUser", &AccountsHandlers::delete_user, *this);
  service.on("GetOwnAccount", &AccountsHandlers::get_own_account, *this);
  service.on("DeleteOwnAccount", &AccountsHandlers::delete_own_account, *this);
  service.on("GetProfile", &AccountsHandlers::get_profile, *this);
  service.on("DeleteProfile", &AccountsHandlers::delete_profile, *this);
  service.on("SearchUsers", &AccountsHandlers::search_users, *this);
}

v1::ListUsersReply AccountsHandlers::list_users(const rpc::Call& call,
                                                const v1::ListUsersRequest& request) {
  call.user();
  int limit = page_limit(request.limit());
  std::int64_t after = 0;
  std::int64_t skip = 0;
  if (!request.cursor().empty()) {
    after = decode_cursor(request.cursor());
  } else {
    skip = static_cast<std::int64_t>(std::max(request.page(), 1) - 1) * limit;
  }
  // One more than asked for tells whether there is a next page.
  auto users = database_.read(
      call.deadline(), [&](db::Tx& tx) { return list_accounts(tx, after, skip, limit + 1); });
  v1::ListUsersReply reply;
  if (users.size() > static_cast<std::size_t>(limit)) {
    users.pop_back();
    reply.set_next_cursor(encode_cursor(users.back().id));
  }
  add_users(reply, users);
  return reply;
}

v1::SearchUsersReply AccountsHandlers::search_users(const rpc::Call& call,
                                                    const v1::SearchUsersRequest& request) {
  call.user();
  if (request.username().empty()) {
    throw Error::invalid("no_query", "No search query provided.");
  }
  v1::SearchUsersReply reply;
  const std::string part = normal_form(request.username());
  if (!could_be_login(part)) return reply;
  add_users(reply, database_.read(call.deadline(), [&](db::Tx& tx) {
    return search_accounts(tx, part, kSearchMax);
  }));
  return reply;
}

v1::User AccountsHandlers::get_user(const rpc::Call& call, const v1::GetUserRequest& request) {
  bool with_email = call.user() == request.id() || call.caller().admin();
  return to_user(load_account(database_, call, request.id()), with_email);
}

v1::User AccountsHandlers::get_own_account(const rpc::Call& call, const Empty&) {
  return to_user(load_account(database_, call, call.user()), true);
}

v1::Profile AccountsHandlers::get_profile(const rpc::Call& call, const Empty&) {
  Account account = load_account(database_, call, call.user());
  v1::Profile profile;
  profile.set_id(account.id);
  profile.set_username(account.username);
  profile.set_email(account.email.value_or(""));
  if (account.birth_date) profile.set_birth_date(*account.birth_date);
  profile.set_is_private(account.is_private);
  if (account.bio) profile.set_bio(*account.bio);
  return profile;
}

bool AccountsHandlers::remove(const rpc::Call& call, std::int64_t id) {
  WallTime now = clock_.now();
  auto revoked = database_.write(
      call.deadline(), [&](db::Tx& tx) -> std::optional<std::vector<RevokedSession>> {
        if (!lock_account(tx, id)) return std::nullopt;
        auto sessions = revoke_sessions_of(tx, id, "", now);
        auth::delete_account(tx, id);
        outbox_.add(tx, events::kUserDeleted, id, events::v1::UserDeleted());
        return sessions;
      });
  if (!revoked) return false;
  announcements_.revoked(*revoked);
  announcements_.user_changed(id);
  return true;
}

v1::MessageReply AccountsHandlers::delete_user(const rpc::Call& call,
                                               const v1::DeleteUserRequest& request) {
  require_self_or_admin(call, request.id());
  if (!remove(call, request.id())) refuse_gone(call, request.id());
  return message("User deleted successfully");
}

v1::MessageReply AccountsHandlers::delete_own_account(const rpc::Call& call, const Empty&) {
  if (!remove(call, call.user())) refuse_gone(call, call.user());
  return message("Account and associated reviews deleted successfully");
}

AccountsHandlers::Empty AccountsHandlers::delete_profile(const rpc::Call& call, const Empty&) {
  if (!remove(call, call.user())) refuse_gone(call, call.user());
  return {};
}

}  // namespace marquee::auth
