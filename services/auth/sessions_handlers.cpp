#include "services/auth/sessions_handlers.h"

#include "services/auth/accounts_store.h"
#include "services/auth/request_fields.h"
#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

constexpr int kRevokedMax = 10'000;
// Transactions that began before `until` may commit a little after it.
constexpr std::chrono::seconds kCommitMargin{30};

Error wrong_pair(std::string text) {
  return Error::unauthenticated("wrong_credentials", std::move(text));
}

}  // namespace

void SessionsHandlers::bind(rpc::Service& service, rpc::Lane& passwords) {
  service.on("Login", &SessionsHandlers::login, *this, &passwords);
  service.on("Logout", &SessionsHandlers::logout, *this);
  service.on("ObtainToken", &SessionsHandlers::obtain_token, *this, &passwords);
  service.on("RefreshToken", &SessionsHandlers::refresh_token, *this);
  service.on("LogoutCookie", &SessionsHandlers::logout_cookie, *this);
  service.on("WhoAmI", &SessionsHandlers::who_am_i, *this);
  service.on("ListRevoked", &SessionsHandlers::list_revoked, *this);
}

std::optional<SessionsHandlers::SignedIn> SessionsHandlers::sign_in(const std::string& login,
                                                                    const std::string& password,
                                                                    Surface surface,
                                                                    const Deadline& deadline) {
  auto account = credentials_.check(login, password, deadline);
  if (!account) return std::nullopt;
  const std::string verified = *account->password_hash;
  std::optional<std::string> new_hash;
  if (passwords_.outdated(verified)) new_hash = passwords_.hash(password);
  auto keys = keys_.current(deadline);
  auto tokens = database_.write(deadline, [&](db::Tx& tx) -> std::optional<IssuedTokens> {
    if (!accept_sign_in(tx, account->id, verified, new_hash)) return std::nullopt;
    return tokens_.start(tx, *keys, *account, surface);
  });
  if (tokens) return SignedIn{std::move(*account), std::move(*tokens)};
  // The hash was replaced since it was read. By a new password, or by a sign-in at the same time
  // that brought it up to date: then the second look succeeds.
  account = credentials_.check(login, password, deadline);
  if (!account) return std::nullopt;
  tokens = database_.write(deadline, [&](db::Tx& tx) -> std::optional<IssuedTokens> {
    if (!accept_sign_in(tx, account->id, *account->password_hash, std::nullopt)) {
      return std::nullopt;
    }
    return tokens_.start(tx, *keys, *account, surface);
  });
  if (!tokens) return std::nullopt;
  return SignedIn{std::move(*account), std::move(*tokens)};
}

v1::LoginReply SessionsHandlers::login(const rpc::Call& call, const v1::LoginRequest& request) {
  const std::string& login = request.email().empty() ? request.username() : request.email();
  if (!request.has_email() && !request.has_username()) throw missing_field("email");
  if (!request.has_password()) throw missing_field("password");
  auto signed_in = sign_in(login, request.password(), Surface::kBearer, call.deadline());
  if (!signed_in) throw wrong_pair("Invalid email or password");
  v1::LoginReply reply;
  reply.set_message("Login successful");
  reply.set_access_token(signed_in->tokens.access);
  reply.set_refresh_token(signed_in->tokens.refresh);
  reply.set_expires_in(signed_in->tokens.access_lifetime.count());
  reply.set_user(signed_in->account.username);
  reply.set_user_id(signed_in->account.id);
  reply.set_uid(signed_in->account.uid);
  return reply;
}

v1::CookieSessionReply SessionsHandlers::obtain_token(const rpc::Call& call,
                                                      const v1::ObtainTokenRequest& request) {
  Violations bad;
  require_text(bad, "username", request.has_username(), request.username());
  require_text(bad, "password", request.has_password(), request.password());
  bad.check();
  auto signed_in =
      sign_in(request.username(), request.password(), Surface::kCookie, call.deadline());
  if (!signed_in) throw wrong_pair("No active account found with the given credentials");
  v1::CookieSessionReply reply;
  reply.set_refresh(signed_in->tokens.refresh);
  reply.set_access_token(signed_in->tokens.access);
  return reply;
}

v1::CookieSessionReply SessionsHandlers::refresh_token(const rpc::Call& call,
                                                       const v1::RefreshTokenRequest& request) {
  Violations bad;
  require_text(bad, "refresh", request.has_refresh(), request.refresh());
  bad.check();
  auto refreshed = tokens_.refresh(request.refresh(), call.deadline());
  announcements_.revoked(refreshed.revoked);
  if (!refreshed.tokens) {
    throw Error::unauthenticated("token_not_valid", "Token is invalid or expired");
  }
  v1::CookieSessionReply reply;
  reply.set_refresh(refreshed.tokens->refresh);
  reply.set_access_token(refreshed.tokens->access);
  return reply;
}

void SessionsHandlers::end_session(const rpc::Call& call) {
  call.user();
  auto revoked = database_.write(call.deadline(), [&](db::Tx& tx) {
    return revoke_session(tx, call.caller().session_id, clock_.now());
  });
  announcements_.revoked(revoked);
}

v1::LogoutReply SessionsHandlers::logout(const rpc::Call& call, const v1::LogoutRequest&) {
  end_session(call);
  v1::LogoutReply reply;
  reply.set_message("User logged out");
  return reply;
}

v1::DetailReply SessionsHandlers::logout_cookie(const rpc::Call& call, const v1::LogoutRequest&) {
  end_session(call);
  v1::DetailReply reply;
  reply.set_detail("Successfully logged out.");
  return reply;
}

v1::WhoAmIReply SessionsHandlers::who_am_i(const rpc::Call& call, const Empty&) {
  auto account =
      database_.read(call.deadline(), [&](db::Tx& tx) { return find_account(tx, call.user()); });
  if (!account) throw caller_gone();
  v1::WhoAmIReply reply;
  reply.set_logged_in_as(account->id);
  reply.set_username(account->username);
  // What the token says: it is what counts until the next sign-in.
  reply.set_role(call.caller().admin() ? "admin" : "user");
  return reply;
}

v1::ListRevokedReply SessionsHandlers::list_revoked(const rpc::Call& call,
                                                    const v1::ListRevokedRequest& request) {
  WallTime now = clock_.now();
  std::optional<WallTime> since;
  if (request.has_since()) {
    since = read_timestamp(request.since());
  }
  auto sessions = database_.read(
      call.deadline(), [&](db::Tx& tx) { return auth::list_revoked(tx, since, now, kRevokedMax); });
  v1::ListRevokedReply reply;
  for (const auto& session : sessions) {
    auto* entry = reply.add_sessions();
    entry->set_id(session.id);
    set_timestamp(session.access_until, *entry->mutable_forget_at());
  }
  reply.set_more(sessions.size() >= kRevokedMax);
  set_timestamp(reply.more() ? sessions.back().revoked_at : now - kCommitMargin,
                *reply.mutable_until());
  return reply;
}

}  // namespace marquee::auth
