#include "services/auth/account_change_handlers.h"

#include "services/auth/account_access.h"
#include "services/auth/account_rules.h"
#include "services/auth/accounts_store.h"
#include "services/auth/request_fields.h"

namespace marquee::auth {
namespace {

v1::MessageReply message(std::string text) {
  v1::MessageReply reply;
  reply.set_message(std::move(text));
  return reply;
}

}  // namespace

const AccountChangeHandlers::TakenTexts AccountChangeHandlers::kReviewTexts{
    "Username already taken", "Email already taken"};
const AccountChangeHandlers::TakenTexts AccountChangeHandlers::kProfileTexts{
    "A user with that username already exists.", "user with this email already exists."};

void AccountChangeHandlers::bind(rpc::Service& service, rpc::Lane& changes) {
  service.on("UpdateUser", &AccountChangeHandlers::update_user, *this, &changes);
  service.on("UpdateOwnAccount", &AccountChangeHandlers::update_own_account, *this, &changes);
  service.on("UpdateProfile", &AccountChangeHandlers::update_profile, *this, &changes);
}

template <typename Request>
AccountChangeHandlers::Wanted AccountChangeHandlers::read(const Request& request,
                                                          int password_min) {
  Wanted wanted;
  auto check = [&](const char* name, const std::string& value, auto problem_of) {
    if (!require_text(wanted.bad, name, true, value)) return;
    if (auto problem = problem_of(value)) wanted.bad.add(name, *problem);
  };
  if (request.has_username()) {
    wanted.change.username = normal_form(request.username());
    check("username", *wanted.change.username, username_problem);
  }
  if (request.has_email()) {
    wanted.change.email = normal_form(request.email());
    check("email", *wanted.change.email, email_problem);
  }
  if (request.has_password()) {
    wanted.password = request.password();
    check("password", request.password(),
          [&](const std::string& password) { return password_problem(password, password_min); });
  }
  return wanted;
}

v1::MessageReply AccountChangeHandlers::update_user(const rpc::Call& call,
                                                    const v1::UpdateUserRequest& request) {
  require_self_or_admin(call, request.id());
  Wanted wanted = read(request, config_.min_review);
  bool own = call.user() == request.id();
  wanted.needs_old_password = own;
  wanted.old_password = request.old_password();
  if (own) wanted.kept_session = call.caller().session_id;
  apply(call, request.id(), std::move(wanted), kReviewTexts);
  return message("User updated successfully");
}

v1::MessageReply AccountChangeHandlers::update_own_account(
    const rpc::Call& call, const v1::UpdateOwnAccountRequest& request) {
  Wanted wanted = read(request, config_.min_review);
  wanted.needs_old_password = true;
  wanted.old_password = request.old_password();
  apply(call, call.user(), std::move(wanted), kReviewTexts);
  return message(request.has_password() ? "Password updated successfully. Please log-in again"
                                        : "Profile updated successfully");
}

v1::MessageReply AccountChangeHandlers::update_profile(const rpc::Call& call,
                                                       const v1::UpdateProfileRequest& request) {
  Wanted wanted = read(request, config_.min_profile);
  wanted.kept_session = call.caller().session_id;
  if (request.has_bio()) {
    wanted.change.bio = request.bio();
    if (auto problem = bio_problem(request.bio())) wanted.bad.add("bio", *problem);
  }
  if (request.has_birth_date()) {
    wanted.change.birth_date = request.birth_date();
    auto problem = birth_date_problem(request.birth_date());
    if (problem && !request.birth_date().empty()) wanted.bad.add("birth_date", *problem);
  }
  if (request.has_is_private()) wanted.change.is_private = request.is_private();
  apply(call, call.user(), std::move(wanted), kProfileTexts);
  return message("Profile updated successfully.");
}

void AccountChangeHandlers::apply(const rpc::Call& call, std::int64_t id, Wanted wanted,
                                  const TakenTexts& texts) {
  auto add_taken = [&](Taken taken) {
    if (taken.username) wanted.bad.add("username", texts.username);
    if (taken.email) wanted.bad.add("email", texts.email);
  };
  AccountChange& change = wanted.change;
  Account account = load_account(database_, call, id);
  if (wanted.bad.empty() && (change.username || change.email)) {
    add_taken(database_.read(call.deadline(), [&](db::Tx& tx) {
      return find_taken(tx, change.username, change.email, id);
    }));
  }
  wanted.bad.check();
  if (wanted.password) {
    if (wanted.needs_old_password &&
        !credentials_.matches(account, wanted.old_password, call.deadline())) {
      throw Error::invalid("wrong_old_password", "Old password is incorrect")
          .field("old_password", "Old password is incorrect");
    }
    change.password_hash = passwords_.hash(*wanted.password);
  }
  std::vector<RevokedSession> revoked;
  try {
    revoked = database_.write(call.deadline(), [&](db::Tx& tx) {
      if (!lock_account(tx, id)) refuse_gone(call, id);
      change_account(tx, id, change);
      if (!change.password_hash) return std::vector<RevokedSession>();
      return revoke_sessions_of(tx, id, wanted.kept_session, clock_.now());
    });
  } catch (const NameTaken& rival) {
    add_taken(rival.taken);
    wanted.bad.check();
  }
  announcements_.revoked(revoked);
  if (change.username || change.is_private) announcements_.user_changed(id);
}

}  // namespace marquee::auth
