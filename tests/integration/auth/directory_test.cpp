#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

namespace {

void add(v1::EnsureAccountsRequest& request, const std::string& external_id,
         const std::string& username, const std::string& password = {}) {
  auto* account = request.add_accounts();
  account->set_external_id(external_id);
  account->set_username(username);
  account->set_password(password);
}

std::vector<v1::PublicUser> public_users(AuthFixture& auth, const std::vector<std::int64_t>& ids) {
  v1::GetUsersRequest request;
  for (auto id : ids) request.add_ids(id);
  auto reply = auth.directory().get_users(internal(), request);
  return {reply.users().begin(), reply.users().end()};
}

}  // namespace

TEST_CASE("Imported raters become accounts once, and nobody signs in to them") {
  AuthFixture auth;
  v1::EnsureAccountsRequest request;
  for (int i = 1; i <= 610; ++i) {
    add(request, "movielens:" + std::to_string(i), "movielens_" + std::to_string(i));
  }
  auto first = auth.directory().ensure_accounts(internal(), request);
  CHECK(first.created() == 610);
  REQUIRE(first.ids_size() == 610);
  auto again = auth.directory().ensure_accounts(internal(), request);
  CHECK(again.created() == 0);
  CHECK(std::equal(first.ids().begin(), first.ids().end(), again.ids().begin()));

  auto users = public_users(auth, {first.ids(609), first.ids(0), 999'999});
  REQUIRE(users.size() == 2);
  CHECK(users[0].username() == "movielens_1");
  CHECK(users[0].uid().size() == 36);
  CHECK(error_of([&] {
          auth.sessions().login(anonymous(), login_request("movielens_1", ""));
        }).code() == Code::kUnauthenticated);
}

TEST_CASE("A taken name gets a number, a taken address is left out") {
  AuthFixture auth;
  auth.register_user("Ada");
  v1::EnsureAccountsRequest request;
  for (int i = 0; i < 30; ++i) add(request, "set:" + std::to_string(i), "ada");
  add(request, "set:0", "somebody else");
  add(request, "set:wild", "a/d\\a\"{},");
  add(request, "set:\"quoted\\{}", "");
  request.mutable_accounts(1)->set_email("ada@EXAMPLE.com");
  request.mutable_accounts(2)->set_email("ada2@example.com");
  request.mutable_accounts(3)->set_email("ADA2@example.com");
  auto reply = auth.directory().ensure_accounts(internal(), request);
  CHECK(reply.created() == 32);
  CHECK(reply.ids(0) == reply.ids(30));
  auto users = public_users(auth, {reply.ids().begin(), reply.ids().end()});
  REQUIRE(users.size() == 32);
  CHECK(users[0].username() == "ada2");
  CHECK(users[29].username() == "ada31");
  CHECK(users[30].username() == "ada32");
  CHECK(users[31].username() == "user");
  CHECK(auth.count("SELECT count(*) FROM users WHERE email IS NOT NULL") == 2);
}

TEST_CASE("Thousands may wish for one name") {
  AuthFixture auth;
  v1::EnsureAccountsRequest request;
  for (int i = 0; i < 5000; ++i) add(request, "set:" + std::to_string(i), "");
  CHECK(auth.directory().ensure_accounts(internal(), request).created() == 5000);
  v1::EnsureAccountsRequest one_more;
  add(one_more, "set:one more", "USER");
  auto reply = auth.directory().ensure_accounts(internal(), one_more);
  CHECK(public_users(auth, {reply.ids(0)})[0].username() == "USER5001");
  add(one_more, "set:too many", "x");
  while (one_more.accounts_size() <= 5000) add(one_more, "x", "x");
  CHECK(error_of([&] { auth.directory().ensure_accounts(internal(), one_more); }).code() ==
        Code::kInvalidArgument);
}

TEST_CASE("Demo users can sign in") {
  AuthFixture auth;
  v1::EnsureAccountsRequest request;
  add(request, "sample:demo", "demo", "demo1234");
  auto* account = request.mutable_accounts(0);
  account->set_email("demo@example.com");
  account->set_birth_date("1980-01-02");
  account->set_bio("Says, \"hello\"");
  auth.directory().ensure_accounts(internal(), request);
  auto login = auth.sessions().login(anonymous(), login_request("demo@example.com", "demo1234"));
  auto profile = auth.accounts().get_profile(auth.call_with(login.access_token()), Empty());
  CHECK(profile.birth_date() == "1980-01-02");
  CHECK(profile.bio() == "Says, \"hello\"");
}

TEST_CASE("Services learn where users get mail, of accounts that have an address") {
  AuthFixture auth;
  v1::EnsureAccountsRequest request;
  add(request, "x:1", "ann");
  add(request, "x:2", "bob");
  request.mutable_accounts(0)->set_email("Ann@Example.com");
  auto made = auth.directory().ensure_accounts(internal(), request);
  v1::GetUsersRequest asked;
  for (auto id : {made.ids(0), made.ids(1), std::int64_t{999'999}}) asked.add_ids(id);
  auto reply = auth.directory().get_mail_addresses(internal(), asked);
  REQUIRE(reply.entries_size() == 1);
  CHECK(reply.entries(0).user_id() == made.ids(0));
  CHECK(reply.entries(0).email() == "Ann@Example.com");
}

TEST_CASE("Batches are bounded and checked") {
  AuthFixture auth;
  v1::GetUsersRequest many;
  for (int i = 0; i < 1001; ++i) many.add_ids(i);
  CHECK(error_of([&] { auth.directory().get_users(internal(), many); }).code() ==
        Code::kInvalidArgument);
  CHECK(error_of([&] { auth.directory().get_mail_addresses(internal(), many); }).code() ==
        Code::kInvalidArgument);
  CHECK(public_users(auth, {}).empty());

  auto refused = [&](auto change) {
    v1::EnsureAccountsRequest request;
    add(request, "x:1", "x");
    add(request, "x:2", "y");
    change(*request.mutable_accounts(1));
    return error_of([&] { auth.directory().ensure_accounts(internal(), request); })
        .fields()
        .at(0)
        .name;
  };
  CHECK(refused([](auto& account) { account.set_external_id(""); }) == "accounts[1].external_id");
  CHECK(refused([](auto& account) { account.set_email("nonsense"); }) == "accounts[1].email");
  CHECK(refused([](auto& account) { account.set_birth_date("today"); }) ==
        "accounts[1].birth_date");
  CHECK(refused([](auto& account) { account.set_bio(std::string("\0", 1)); }) == "accounts[1].bio");
  CHECK(auth.count("SELECT count(*) FROM users") == 0);
}
