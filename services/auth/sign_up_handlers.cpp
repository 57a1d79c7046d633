#include "services/auth/sign_up_handlers.h"

#include "services/auth/account_rules.h"
#include "services/auth/accounts_store.h"
#include "services/auth/request_fields.h"

namespace marquee::auth {
namespace {

void refuse(const char* field, const std::optional<std::string>& problem) {
  if (problem)
    throw Error::invalid("invalid_" + std::string(field), *problem).field(field, *problem);
}

void check_fields(const v1::RegisterRequest& request, const NewAccount& account, int password_min) {
  if (request.username().empty()) throw missing_field("username");
  if (request.email().empty()) throw missing_field("email");
  if (request.password().empty()) throw missing_field("password");
  if (request.confirm_password().empty()) throw missing_field("confirm_password");
  if (request.password() != request.confirm_password()) {
    refuse("confirm_password", "Passwords do not match");
  }
  refuse("username", username_problem(account.username));
  refuse("email", email_problem(account.email));
  refuse("password", password_problem(request.password(), password_min));
}

void refuse_taken(Taken taken) {
  if (taken.username) refuse("username", "Username already exists");
  if (taken.email) refuse("email", "Email already exists");
}

void check_fields(Violations& bad, const v1::SignUpRequest& request, const NewAccount& account,
                  int password_min) {
  auto add = [&](const char* field, const std::optional<std::string>& problem) {
    if (problem) bad.add(field, *problem);
  };
  if (require_text(bad, "username", request.has_username(), request.username())) {
    add("username", username_problem(account.username));
  }
  if (require_text(bad, "email", request.has_email(), request.email())) {
    add("email", email_problem(account.email));
  }
  if (require_text(bad, "password", request.has_password(), request.password())) {
    add("password", password_problem(request.password(), password_min));
  }
  if (!request.has_birth_date()) {
    bad.add("birth_date", "This field is required.");
  } else {
    add("birth_date", birth_date_problem(request.birth_date()));
  }
}

void add_taken(Violations& bad, Taken taken) {
  if (taken.username) bad.add("username", "This field must be unique.");
  if (taken.email) bad.add("email", "This field must be unique.");
}

}  // namespace

void SignUpHandlers::bind(rpc::Service& service, rpc::Lane& passwords) {
  service.on("Register", &SignUpHandlers::register_user, *this, &passwords);
  service.on("SignUp", &SignUpHandlers::sign_up, *this, &passwords);
}

v1::MessageReply SignUpHandlers::register_user(const rpc::Call& call,
                                               const v1::RegisterRequest& request) {
  NewAccount account;
  account.username = normal_form(request.username());
  account.email = normal_form(request.email());
  check_fields(request, account, config_.min_review);
  refuse_taken(database_.read(call.deadline(), [&](db::Tx& tx) {
    return find_taken(tx, account.username, account.email);
  }));
  account.password_hash = passwords_.hash(request.password());
  try {
    database_.write(call.deadline(),
                    [&](db::Tx& tx) { insert_account(tx, account, clock_.now()); });
  } catch (const NameTaken& rival) {
    refuse_taken(rival.taken);
  }
  v1::MessageReply reply;
  reply.set_message("User registered successfully");
  return reply;
}

v1::SignUpReply SignUpHandlers::sign_up(const rpc::Call& call, const v1::SignUpRequest& request) {
  NewAccount account;
  account.username = normal_form(request.username());
  account.email = normal_form(request.email());
  account.birth_date = request.birth_date();
  Violations bad;
  check_fields(bad, request, account, config_.min_profile);
  if (could_be_login(account.username) && could_be_login(account.email)) {
    add_taken(bad, database_.read(call.deadline(), [&](db::Tx& tx) {
      return find_taken(tx, account.username, account.email);
    }));
  }
  bad.check();
  account.password_hash = passwords_.hash(request.password());
  auto keys = keys_.current(call.deadline());
  IssuedTokens tokens;
  try {
    tokens = database_.write(call.deadline(), [&](db::Tx& tx) {
      return tokens_.start(tx, *keys, insert_account(tx, account, clock_.now()), Surface::kCookie);
    });
  } catch (const NameTaken& rival) {
    add_taken(bad, rival.taken);
    bad.check();
  }
  v1::SignUpReply reply;
  reply.set_refresh(tokens.refresh);
  reply.set_detail("User created and signed in successfully.");
  reply.set_access_token(tokens.access);
  return reply;
}

}  // namespace marquee::auth
