#include "libs/db/migrations.h"
#include "libs/testing/postgres.h"
#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

TEST_CASE("A deletion that does not happen is not told of") {
  AuthFixture auth;
  auth.register_user("ada");
  auth.register_user("bob");
  const auto ada = auth.call_as("ada");
  const auto bob = auth.call_as("bob");
  v1::DeleteUserRequest others;
  others.set_id(bob.caller().user_id);
  CHECK_THROWS_AS(auth.accounts().delete_user(ada, others), Error);
  auth.accounts().delete_profile(ada, Empty());
  CHECK_THROWS_AS(auth.accounts().delete_profile(ada, Empty()), Error);
  auth.accounts().delete_profile(bob, Empty());
  CHECK(users_told_of(auth, 2) ==
        std::vector<std::int64_t>{ada.caller().user_id, bob.caller().user_id});
}

TEST_CASE("Users on the list of the version before are told of, and those that its replicas add") {
  db::PoolConfig config;
  config.database_url = marquee::testing::Postgres::shared().create_database("auth");
  db::Pool pool(config);
  const auto soon = [] {
    return Deadline(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  };
  const auto told = [&] {
    return pool.read(soon(), [](db::Tx& tx) {
      return tx.run("SELECT string_agg(type || ' ' || subject, ', ' ORDER BY id) FROM outbox")[0][0]
          .as<std::string>();
    });
  };
  const auto record = [&](int user) {
    pool.write(soon(), [&](db::Tx& tx) {
      tx.run("INSERT INTO deleted_users (user_id, deleted_at) VALUES (" + std::to_string(user) +
             ", now())");
    });
  };
  std::vector<db::Migration> before;
  for (const auto& migration : migrations()) {
    if (migration.name == "0001_accounts") before.push_back(migration);
  }
  REQUIRE(before.size() == 1);
  db::migrate(pool, before);
  record(7);
  record(5);
  db::migrate(pool, migrations());
  CHECK(told() == "user.deleted 7, user.deleted 5");
  record(6);
  CHECK(told() == "user.deleted 7, user.deleted 5, user.deleted 6");
}
