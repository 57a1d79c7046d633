#include <future>

#include "libs/rpc/channel.h"
#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

namespace {

// A hash takes long enough for a queue to build up behind it.
Config slow_config() {
  auto config = quick_config();
  config.password.memory_kib = 64 * 1024;
  config.password.passes = 3;
  config.password.queue_max = 8;
  return config;
}

}  // namespace

TEST_CASE("A flood of sign-ins leaves the other calls alone") {
  AuthFixture auth(slow_config());
  auth.replica.server().start();
  rpc::Channel channel("127.0.0.1:" + std::to_string(auth.replica.server().port()));
  auto request = login_request("nobody@example.com", "guess");

  constexpr int kFlood = 40;
  std::atomic<int> over{0};
  std::vector<std::future<Error>> answers;
  for (int i = 0; i < kFlood; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      auto error = error_of([&] {
        channel.call<v1::LoginReply>("marquee.auth.v1.Sessions/Login", request, anonymous(), false);
      });
      ++over;
      return error;
    }));
  }
  // Eight wait and one is hashed; the rest was refused at once.
  CHECK(marquee::testing::eventually([&] { return over >= kFlood - 12; }));
  REQUIRE(over < kFlood);
  auto status =
      channel.call<v1::StatusReply>("marquee.auth.v1.AuthStatus/GetStatus", Empty(), anonymous());
  CHECK(status.status() == "OK");
  CHECK(status.database() == "Connected");
  CHECK(over < kFlood);  // answered while sign-ins still wait

  int refused = 0;
  for (auto& answer : answers) {
    auto error = answer.get();
    if (error.code() == Code::kUnavailable) {
      ++refused;
      CHECK(error.retry_after().count() > 0);
    } else {
      CHECK(error.code() == Code::kUnauthenticated);
    }
  }
  CHECK(refused >= kFlood - 12);
}

TEST_CASE("The status says when the database is away") {
  marquee::testing::Postgres postgres;
  MovedClock clock;
  Replica replica(postgres.create_database("auth"), quick_config(), clock);
  auto& status = replica.service().status();
  CHECK(status.get_status(anonymous(), Empty()).status() == "OK");
  postgres.stop();
  auto reply = status.get_status(anonymous(), Empty());
  CHECK(reply.status() == "ERROR");
  CHECK(reply.database() == "Not connected");
  CHECK(reply.failed());
  CHECK_FALSE(reply.error().empty());
  postgres.start();
  CHECK(marquee::testing::eventually(
      [&] { return status.get_status(anonymous(), Empty()).status() == "OK"; }));
}

TEST_CASE("Calls for services and admins are closed to others") {
  AuthFixture auth;
  auth.replica.server().start();
  rpc::Channel channel("127.0.0.1:" + std::to_string(auth.replica.server().port()));
  // A channel calls as a service: no user.
  auto code = [&](const std::string& method) {
    return error_of([&] { channel.call<v1::RotateKeyReply>(method, Empty(), anonymous(), false); })
        .code();
  };
  CHECK(code("marquee.auth.v1.Keys/RotateKey") == Code::kUnauthenticated);
  CHECK(code("marquee.auth.v1.Accounts/GetProfile") == Code::kUnauthenticated);
  v1::GetUsersRequest request;
  request.add_ids(1);
  CHECK(channel.call<v1::GetUsersReply>("marquee.auth.v1.Directory/GetUsers", request, anonymous())
            .users_size() == 0);
}
