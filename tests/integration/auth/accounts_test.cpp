#include "services/auth/grant_admin.h"
#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

namespace {

v1::GetUserRequest user(const rpc::Call& call) {
  v1::GetUserRequest request;
  request.set_id(call.caller().user_id);
  return request;
}

}  // namespace

TEST_CASE("An e-mail address is shown to oneself and to admins") {
  AuthFixture auth;
  auth.register_user("ada");
  auth.register_user("bob");
  auto ada = auth.call_as("ada");
  auto bob = auth.call_as("bob");
  CHECK(auth.accounts().get_user(ada, user(ada)).email() == "ada@example.com");
  CHECK(auth.accounts().get_own_account(ada, Empty()).email() == "ada@example.com");
  auto seen = auth.accounts().get_user(bob, user(ada));
  CHECK(seen.username() == "ada");
  CHECK_FALSE(seen.has_email());

  grant_admin(auth.replica.database(), "BOB");
  CHECK_FALSE(auth.accounts().get_user(bob, user(ada)).has_email());
  auto admin = auth.call_as("bob");
  CHECK(admin.caller().admin());
  CHECK(auth.accounts().get_user(admin, user(ada)).has_email());
  CHECK(auth.sessions().who_am_i(admin, Empty()).role() == "admin");
  CHECK_THROWS_AS(grant_admin(auth.replica.database(), "nobody"), std::runtime_error);

  v1::GetUserRequest unknown;
  unknown.set_id(999);
  auto error = error_of([&] { auth.accounts().get_user(ada, unknown); });
  CHECK(error.code() == Code::kNotFound);
  CHECK(error.message() == "User not found");
}

TEST_CASE("Users are listed page by page") {
  AuthFixture auth;
  for (int i = 0; i < 7; ++i) auth.register_user("user" + std::to_string(i));
  auto call = auth.call_as("user0");
  v1::ListUsersRequest request;
  request.set_limit(3);
  std::vector<std::string> names;
  for (int page = 0; page < 10; ++page) {
    auto reply = auth.accounts().list_users(call, request);
    for (const auto& each : reply.users()) names.push_back(each.username());
    if (reply.next_cursor().empty()) break;
    request.set_cursor(reply.next_cursor());
  }
  REQUIRE(names.size() == 7);
  CHECK(names.front() == "user0");
  CHECK(names.back() == "user6");

  request.clear_cursor();
  request.set_page(2);
  auto second = auth.accounts().list_users(call, request);
  REQUIRE(second.users_size() == 3);
  CHECK(second.users(0).username() == "user3");
  request.set_page(2'000'000'000);
  request.set_limit(2'000'000'000);
  CHECK(auth.accounts().list_users(call, request).users_size() == 0);
  for (const auto& cursor : {"!", "eA", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"}) {
    request.set_cursor(cursor);
    CHECK(error_of([&] { auth.accounts().list_users(call, request); }).code() ==
          Code::kInvalidArgument);
  }
}

TEST_CASE("Users are found by a part of their name") {
  AuthFixture auth;
  for (const auto& name : {"marianne", "Anna", "joanna", "ann", "per_cent", "percent"}) {
    auth.register_user(name);
  }
  auto call = auth.call_as("ann");
  auto find = [&](const std::string& part) {
    v1::SearchUsersRequest request;
    request.set_username(part);
    std::vector<std::string> names;
    auto reply = auth.accounts().search_users(call, request);
    for (const auto& each : reply.users()) {
      names.push_back(each.username());
    }
    return names;
  };
  CHECK(find("ANN") == std::vector<std::string>{"ann", "Anna", "joanna", "marianne"});
  CHECK(find("r_c") == std::vector<std::string>{"per_cent"});
  CHECK(find("%").empty());
  CHECK(find("\\").empty());
  CHECK(find(std::string("ann\0", 4)).empty());
  auto error = error_of([&] { auth.accounts().search_users(call, v1::SearchUsersRequest()); });
  CHECK(error.code() == Code::kInvalidArgument);
  CHECK(error.message() == "No search query provided.");
}

TEST_CASE("Nobody changes or deletes somebody else's account") {
  AuthFixture auth;
  auth.register_user("ada");
  auth.register_user("bob");
  auto ada = auth.call_as("ada");
  auto bob = auth.call_as("bob");
  v1::UpdateUserRequest update;
  update.set_id(ada.caller().user_id);
  update.set_username("hijacked");
  CHECK(error_of([&] { auth.changes().update_user(bob, update); }).code() ==
        Code::kPermissionDenied);
  v1::DeleteUserRequest remove;
  remove.set_id(ada.caller().user_id);
  CHECK(error_of([&] { auth.accounts().delete_user(bob, remove); }).code() ==
        Code::kPermissionDenied);
  CHECK(error_of([&] { auth.accounts().delete_user(anonymous(), remove); }).code() ==
        Code::kUnauthenticated);
  CHECK(auth.accounts().get_own_account(ada, Empty()).username() == "ada");

  grant_admin(auth.replica.database(), "bob");
  auto admin = auth.call_as("bob");
  update.set_username("ada2");
  update.set_password("set by an admin");
  CHECK(auth.changes().update_user(admin, update).message() == "User updated successfully");
  CHECK(auth.sessions()
            .login(anonymous(), login_request("ada@example.com", "set by an admin"))
            .user() == "ada2");
  CHECK(auth.accounts().delete_user(admin, remove).message() == "User deleted successfully");
  CHECK(error_of([&] { auth.accounts().delete_user(admin, remove); }).code() == Code::kNotFound);
  CHECK(error_of([&] { auth.changes().update_user(admin, update); }).code() == Code::kNotFound);
}

TEST_CASE("Changing an account says what is wrong") {
  AuthFixture auth;
  auth.register_user("ada");
  auth.register_user("bob");
  auto ada = auth.call_as("ada");
  v1::UpdateOwnAccountRequest request;
  auto refusal = [&] {
    return error_of([&] { auth.changes().update_own_account(ada, request); }).message();
  };
  request.set_username("BOB");
  CHECK(refusal() == "Username already taken");
  request.Clear();
  request.set_email("bob@EXAMPLE.com");
  CHECK(refusal() == "Email already taken");
  request.Clear();
  request.set_password("another one");
  CHECK(refusal() == "Old password is incorrect");
  request.Clear();
  request.set_username("ADA");
  CHECK(auth.changes().update_own_account(ada, request).message() ==
        "Profile updated successfully");
  CHECK(auth.accounts().get_own_account(ada, Empty()).username() == "ADA");

  v1::UpdateProfileRequest profile;
  profile.set_username("bob");
  profile.set_email("bob@example.com");
  auto error = error_of([&] { auth.changes().update_profile(ada, profile); });
  REQUIRE(error.fields().size() == 2);
  CHECK(error.fields()[0].message == "A user with that username already exists.");
  CHECK(error.fields()[1].message == "user with this email already exists.");
}

TEST_CASE("A profile keeps what is not given and clears what is given empty") {
  AuthFixture auth;
  auth.register_user("ada");
  auto ada = auth.call_as("ada");
  Listener invalidated(auth.replica.bus(), "cache.invalidate");
  v1::UpdateProfileRequest request;
  request.set_bio("Writes <b>engines</b>");
  request.set_birth_date("1815-12-10");
  request.set_is_private(true);
  CHECK(auth.changes().update_profile(ada, request).message() == "Profile updated successfully.");
  auto profile = auth.accounts().get_profile(ada, Empty());
  CHECK(profile.bio() == "Writes <b>engines</b>");
  CHECK(profile.birth_date() == "1815-12-10");
  CHECK(profile.is_private());
  CHECK(profile.email() == "ada@example.com");
  auto messages = invalidated.wait_for(1);
  REQUIRE_FALSE(messages.empty());
  CHECK(messages[0].find("user:" + std::to_string(profile.id())) != std::string::npos);

  request.Clear();
  request.set_bio("");
  request.set_birth_date("");
  auth.changes().update_profile(ada, request);
  profile = auth.accounts().get_profile(ada, Empty());
  CHECK_FALSE(profile.has_bio());
  CHECK_FALSE(profile.has_birth_date());
  CHECK(profile.is_private());

  request.Clear();
  request.set_bio(std::string(2001, 'x'));
  CHECK(error_of([&] { auth.changes().update_profile(ada, request); }).fields()[0].name == "bio");
}

TEST_CASE("A new password ends sessions") {
  AuthFixture auth;
  auth.register_user("ada");
  auto here = auth.call_as("ada");
  auto elsewhere = auth.call_as("ada");
  Listener revoked(auth.replica.bus(), "auth.session.revoked");

  SECTION("all of them from /api/movies/profile") {
    v1::UpdateOwnAccountRequest request;
    request.set_password("another one");
    request.set_old_password("secret-ada");
    CHECK(auth.changes().update_own_account(here, request).message() ==
          "Password updated successfully. Please log-in again");
    auto messages = revoked.wait_for(1);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find(here.caller().session_id) != std::string::npos);
    CHECK(messages[0].find(elsewhere.caller().session_id) != std::string::npos);
  }
  SECTION("all others from /api/user/update/") {
    v1::UpdateProfileRequest request;
    request.set_password("another one");
    auth.changes().update_profile(here, request);
    auto messages = revoked.wait_for(1);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find(here.caller().session_id) == std::string::npos);
    CHECK(messages[0].find(elsewhere.caller().session_id) != std::string::npos);
  }
  CHECK(error_of([&] { auth.login("ada"); }).code() == Code::kUnauthenticated);
  CHECK(auth.sessions().login(anonymous(), login_request("ada", "another one")).user() == "ada");
}

TEST_CASE("Deleting removes the account, ends its sessions and tells the others") {
  AuthFixture auth;
  auth.register_user("ada");
  auth.register_user("bob");
  auto login = auth.login("ada");
  auto ada = auth.call_with(login.access_token());
  Listener revoked(auth.replica.bus(), "auth.session.revoked");
  CHECK(auth.accounts().delete_own_account(ada, Empty()).message() ==
        "Account and associated reviews deleted successfully");

  REQUIRE(revoked.wait_for(1).size() == 1);
  CHECK(error_of([&] { auth.login("ada"); }).code() == Code::kUnauthenticated);
  CHECK(error_of([&] {
          auth.sessions().refresh_token(anonymous(), refresh_request(login.refresh_token()));
        }).reason() == "token_not_valid");
  for (int i = 0; i < 2; ++i) {
    auto error = error_of([&] { auth.accounts().get_profile(ada, Empty()); });
    CHECK(error.code() == Code::kUnauthenticated);
    CHECK(error.reason() == "user_not_found");
    CHECK(error_of([&] { auth.accounts().delete_profile(ada, Empty()); }).code() ==
          Code::kUnauthenticated);
  }
  // A gateway that was away hears of the session all the same.
  auto list = auth.sessions().list_revoked(internal(), v1::ListRevokedRequest());
  REQUIRE(list.sessions_size() == 1);
  CHECK(list.sessions(0).id() == ada.caller().session_id);

  auto bob = auth.call_as("bob");
  auth.accounts().delete_profile(bob, Empty());
  CHECK(users_told_of(auth, 2) ==
        std::vector<std::int64_t>{ada.caller().user_id, bob.caller().user_id});

  auth.register_user("ada");  // name and address are free again
  CHECK(auth.login("ada").user_id() != ada.caller().user_id);
}
