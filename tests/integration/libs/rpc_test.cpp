#include <future>

#include "libs/rpc/channel.h"
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/integration/libs/rpc_suite.h"

namespace marquee::rpc {
namespace {

using namespace std::chrono_literals;
using auth::v1::GetUsersReply;
using auth::v1::GetUsersRequest;
using google::protobuf::Empty;
using testing::HeldUsers;
using testing::Suite;

Call call_within(std::chrono::milliseconds time) {
  return Call(Caller::service(), std::chrono::steady_clock::now() + time, "test-request");
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error(Code::kOk, "ok", "nothing thrown");
}

TEST_CASE("a call brings its request there and its reply back") {
  Suite suite;
  std::string seen_request_id;
  suite.users = [&](const Call& call, const GetUsersRequest& request) {
    seen_request_id = call.request_id();
    GetUsersReply reply;
    for (auto id : request.ids()) reply.add_users()->set_id(id * 2);
    return reply;
  };
  Channel channel(suite.target());
  GetUsersRequest request;
  for (int i = 0; i < 1000; ++i) request.add_ids(i);
  auto reply =
      channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", request, call_within(5s));
  REQUIRE(reply.users_size() == 1000);
  CHECK(reply.users(999).id() == 1998);
  CHECK(seen_request_id == "test-request");
  CHECK(channel.healthy(2s));
}

TEST_CASE("an error keeps its code, reason, text, fields and retry time") {
  Suite suite;
  suite.users = [](const Call&, const GetUsersRequest&) -> GetUsersReply {
    throw Error::invalid("bad_thing", "Bad thing").field("a.b", "is bad").retry_after(1500ms);
  };
  Channel channel(suite.target());
  Error error = error_of([&] {
    channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                call_within(5s));
  });
  CHECK(error.code() == Code::kInvalidArgument);
  CHECK(error.reason() == "bad_thing");
  CHECK(error.message() == "Bad thing");
  REQUIRE(error.fields().size() == 1);
  CHECK(error.fields()[0].name == "a.b");
  CHECK(error.retry_after() == 1500ms);
}

TEST_CASE("other exceptions become INTERNAL without their text") {
  Suite suite;
  suite.users = [](const Call&, const GetUsersRequest&) -> GetUsersReply {
    throw std::runtime_error("secret detail");
  };
  Channel channel(suite.target());
  Error error = error_of([&] {
    channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                call_within(5s));
  });
  CHECK(error.code() == Code::kInternal);
  CHECK(error.message() == "Internal server error");
}

TEST_CASE("the policy's auth is enforced before the handler") {
  Suite suite;
  Channel channel(suite.target());
  Error error = error_of([&] {
    channel.call<auth::v1::RotateKeyReply>("marquee.auth.v1.Keys/RotateKey", Empty(),
                                           call_within(5s));
  });
  CHECK(error.code() == Code::kUnauthenticated);
}

TEST_CASE("a call ends at its deadline, and the handler hears of it") {
  // Before the suite, whose end waits for the handler that uses them.
  std::promise<bool> cancelled;
  std::promise<void> answered;
  Suite suite;
  suite.users = [&](const Call& call, const GetUsersRequest&) {
    cancelled.set_value(marquee::testing::eventually([&] { return call.cancelled(); }, 5s));
    answered.get_future().wait();
    return GetUsersReply();
  };
  Channel channel(suite.target());
  Error error = error_of([&] {
    channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                call_within(150ms), false);
  });
  answered.set_value();
  CHECK(error.code() == Code::kDeadlineExceeded);
  CHECK(cancelled.get_future().get());
}

TEST_CASE("a call of a service ends when its own caller has gone, on both sides") {
  auto cancellation = std::make_shared<Cancellation>();
  std::promise<bool> heard;
  Suite suite;
  suite.users = [&](const Call& call, const GetUsersRequest&) {
    cancellation->cancel();
    heard.set_value(marquee::testing::eventually([&] { return call.cancelled(); }));
    return GetUsersReply();
  };
  Channel channel(suite.target());
  Call call(Caller::service(), Deadline(std::chrono::steady_clock::now() + 20s, cancellation),
            "test-request");
  Error error = error_of([&] {
    channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(), call);
  });
  CHECK(error.code() == Code::kCancelled);
  CHECK(heard.get_future().get());
}

TEST_CASE("more calls than the queue takes are refused with a retry time") {
  ServerConfig config;
  config.workers = 1;
  config.queue_max = 1;
  Suite suite(config);
  HeldUsers held(suite);
  Channel channel(suite.target());
  auto one = [&] {
    return error_of([&] {
      channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                  call_within(20s), false);
    });
  };
  auto first = std::async(std::launch::async, one);
  REQUIRE(marquee::testing::eventually([&] { return held.running() == 1; }));
  std::vector<std::future<Error>> more;
  for (int i = 0; i < 5; ++i) more.push_back(std::async(std::launch::async, one));
  int refused = 0;
  for (auto& call : more) {
    if (call.wait_for(5s) == std::future_status::ready) ++refused;
  }
  CHECK(refused == 4);
  held.release();
  CHECK(first.get().code() == Code::kOk);
  for (auto& call : more) {
    Error error = call.get();
    if (error.code() == Code::kOk) continue;
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.retry_after() > 0ms);
  }
}

TEST_CASE("calls in flight finish when the server stops") {
  auto suite = std::make_unique<Suite>();
  std::promise<void> entered;
  std::promise<void> go_on;
  suite->users = [&](const Call&, const GetUsersRequest&) {
    entered.set_value();
    go_on.get_future().wait();
    GetUsersReply reply;
    reply.add_users()->set_id(7);
    return reply;
  };
  Channel channel(suite->target());
  auto answer = std::async(std::launch::async, [&] {
    return channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                       call_within(10s));
  });
  entered.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { suite->server.stop(5s); });
  go_on.set_value();
  CHECK(answer.get().users(0).id() == 7);
  stopping.get();
}

TEST_CASE("an unreachable service is UNAVAILABLE without addresses in the text") {
  Channel channel("127.0.0.1:" + std::to_string(marquee::testing::free_port()));
  Error error = error_of([&] {
    channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                call_within(2s));
  });
  CHECK(error.code() == Code::kUnavailable);
  CHECK(error.message() == "Service temporarily unavailable");
  CHECK_FALSE(channel.healthy(200ms));
}

TEST_CASE("a corrupted connection gives an error, and the next call works") {
  Suite suite;
  marquee::testing::TcpGate gate(suite.server.port());
  Channel channel("127.0.0.1:" + std::to_string(gate.port()));
  REQUIRE(channel.healthy(5s));
  gate.set(marquee::testing::TcpGate::Mode::kCorrupt);
  Error error = error_of([&] {
    channel.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", GetUsersRequest(),
                                call_within(1s));
  });
  CHECK(error.code() != Code::kOk);
  gate.set(marquee::testing::TcpGate::Mode::kPass);
  CHECK(marquee::testing::eventually([&] { return channel.healthy(1s); }));
}

TEST_CASE("handlers are checked against the descriptors") {
  Server server(ServerConfig(), nullptr);
  CHECK_THROWS_AS(server.service("marquee.auth.v1.Nothing"), std::logic_error);
  auto& keys = server.service("marquee.auth.v1.Keys");
  auto wrong = [](const Call&, const GetUsersRequest&) { return GetUsersReply(); };
  CHECK_THROWS_AS(keys.on("GetJwks", wrong), std::logic_error);
  CHECK_THROWS_AS(keys.on("GetNothing", wrong), std::logic_error);
  CHECK_THROWS_AS(server.start(), std::logic_error);
}

TEST_CASE("a taken address is a clear error") {
  Suite suite;
  ServerConfig config;
  config.listen = suite.target();
  CHECK_THROWS_AS(Suite(config), std::runtime_error);
}

}  // namespace
}  // namespace marquee::rpc
