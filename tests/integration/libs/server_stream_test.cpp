#include <future>

#include "libs/core/turn.h"
#include "libs/rpc/channel.h"
#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/integration/libs/raw_stream.h"
#include "tests/integration/libs/rpc_suite.h"

namespace marquee::rpc {
namespace {

using namespace std::chrono_literals;
using auth::v1::GetUsersReply;
using auth::v1::GetUsersRequest;
using marquee::testing::eventually;
using testing::CancelledUsers;
using testing::HeldUsers;
using testing::RawStream;
using testing::Suite;

constexpr char kGetUsers[] = "/marquee.auth.v1.Directory/GetUsers";

api::CallStart& add_start(api::ClientFrames& frames, std::uint64_t id, std::int64_t user = 7) {
  GetUsersRequest request;
  request.add_ids(user);
  auto& start = *frames.add_starts();
  start.set_call_id(id);
  start.set_method(kGetUsers);
  start.set_timeout_ms(5'000);
  start.set_caller("service");
  start.set_request_id("test-" + std::to_string(id));
  start.set_payload(request.SerializeAsString());
  return start;
}

api::ClientFrames one_start(std::uint64_t id, std::int64_t user = 7) {
  api::ClientFrames frames;
  add_start(frames, id, user);
  return frames;
}

std::int64_t first_user(const api::CallEnd& end) {
  GetUsersReply reply;
  if (end.code() != 0 || !reply.ParseFromString(end.payload()) || reply.users().empty()) return -1;
  return reply.users(0).id();
}

TEST_CASE("a stream says hello, answers each call with its own reply, and ends when half-closed") {
  Suite suite;
  RawStream stream(suite.target());
  REQUIRE(stream.wait_for([](const auto& frames) { return frames.has_hello(); }));
  CHECK(stream.received().hello().calls_max() == 1024);
  CHECK(stream.received().hello().payload_bytes_max() == 256 * 1024);
  api::ClientFrames frames;
  for (std::uint64_t id = 1; id <= 200; ++id) {
    add_start(frames, id, static_cast<std::int64_t>(id) * 3);
  }
  stream.write(frames);
  for (std::uint64_t id = 1; id <= 200; ++id) {
    CHECK(first_user(stream.end_of(id)) == static_cast<std::int64_t>(id) * 3);
  }
  stream.half_close();
  CHECK(stream.status() == 0);
  CHECK(stream.received().ends_size() == 200);
  CHECK(stream.messages() < 150);
}

TEST_CASE("what a call says of itself reaches the handler") {
  Suite suite;
  std::string seen;
  suite.users = [&](const Call& call, const GetUsersRequest&) {
    seen = call.request_id() + (call.fresh() ? " fresh" : "") +
           (call.caller().role == Caller::Role::kService ? " service" : "");
    if (time_left(call.deadline()) > 2s) seen += " late";
    return GetUsersReply();
  };
  RawStream stream(suite.target());
  api::ClientFrames frames;
  auto& start = add_start(frames, 1);
  start.set_fresh(true);
  start.set_timeout_ms(1'500);
  stream.write(frames);
  CHECK(stream.end_of(1).code() == 0);
  CHECK(seen == "test-1 fresh service");
}

TEST_CASE("an error on a stream keeps its code, reason, text, fields and retry time") {
  Suite suite;
  suite.users = [](const Call&, const GetUsersRequest&) -> GetUsersReply {
    throw Error::invalid("bad_thing", "Bad thing").field("a.b", "is bad").retry_after(1500ms);
  };
  RawStream stream(suite.target());
  stream.write(one_start(1));
  auto end = stream.end_of(1);
  CHECK(end.code() == static_cast<std::uint32_t>(Code::kInvalidArgument));
  CHECK(end.message() == "Bad thing");
  CHECK(end.error().reason() == "bad_thing");
  REQUIRE(end.error().fields_size() == 1);
  CHECK(end.error().fields(0).field() == "a.b");
  CHECK(end.error().retry_after_ms() == 1500);
}

TEST_CASE("calls of a stream that cannot be begun are refused one by one") {
  ServerConfig config;
  config.stream_calls_max = 2;
  Suite suite(config);
  HeldUsers held(suite);
  RawStream stream(suite.target());
  api::ClientFrames frames;
  add_start(frames, 1);
  add_start(frames, 2);
  add_start(frames, 3);
  add_start(frames, 4).set_method("/marquee.auth.v1.Directory/Nothing");
  stream.write(frames);
  auto third = stream.end_of(3);
  CHECK(third.code() == static_cast<std::uint32_t>(Code::kUnavailable));
  CHECK(third.error().retry_after_ms() == 1'000);
  CHECK(stream.end_of(4).code() == static_cast<std::uint32_t>(Code::kUnimplemented));
  held.release();
  CHECK(stream.end_of(1).code() == 0);
  CHECK(stream.end_of(2).code() == 0);
  api::ClientFrames forbidden;
  auto& rotate = add_start(forbidden, 5);
  rotate.set_method("/marquee.auth.v1.Keys/RotateKey");
  rotate.set_caller("");
  stream.write(forbidden);
  CHECK(stream.end_of(5).code() == static_cast<std::uint32_t>(Code::kUnauthenticated));
}

TEST_CASE("a full lane refuses calls of a stream with a retry time") {
  ServerConfig config;
  config.workers = 1;
  config.queue_max = 1;
  Suite suite(config);
  HeldUsers held(suite);
  RawStream stream(suite.target());
  stream.write(one_start(1));
  REQUIRE(eventually([&] { return held.running() == 1; }));
  api::ClientFrames frames;
  add_start(frames, 2);
  add_start(frames, 3);
  stream.write(frames);
  CHECK(stream.end_of(3).error().reason() == "overloaded");
  held.release();
  CHECK(stream.end_of(1).code() == 0);
  CHECK(stream.end_of(2).code() == 0);
}

TEST_CASE("a cancelled call stops and is not answered; others go on") {
  Suite suite;
  std::promise<void> entered;
  std::promise<bool> stopped;
  suite.users = [&](const Call& call, const GetUsersRequest& request) {
    core::Turn::about_to_block();
    if (request.ids(0) == 1) {
      entered.set_value();
      stopped.set_value(eventually([&] { return call.cancelled(); }));
      throw Error(Code::kCancelled, "cancelled", "The client has gone");
    }
    GetUsersReply reply;
    reply.add_users()->set_id(request.ids(0));
    return reply;
  };
  RawStream stream(suite.target());
  stream.write(one_start(1, 1));
  entered.get_future().wait();
  api::ClientFrames frames;
  add_start(frames, 2, 22);
  frames.add_cancels(1);
  frames.add_cancels(999);
  stream.write(frames);
  CHECK(first_user(stream.end_of(2)) == 22);
  CHECK(stopped.get_future().get());
  stream.half_close();
  CHECK(stream.status() == 0);
  CHECK(stream.received().ends_size() == 1);
}

TEST_CASE("a client that dies cancels its calls") {
  Suite suite;
  CancelledUsers users(suite);
  RawStream stream(suite.target());
  stream.write(one_start(1));
  users.wait_until_entered();
  stream.cancel();
  CHECK(users.stopped());
}

TEST_CASE("a reply too large for the stream is collected once") {
  Suite suite;
  suite.users = [](const Call&, const GetUsersRequest&) {
    GetUsersReply reply;
    reply.add_users()->set_username(std::string(300 * 1024, 'x'));
    return reply;
  };
  RawStream stream(suite.target());
  stream.write(one_start(1));
  auto end = stream.end_of(1);
  REQUIRE(end.code() == 0);
  REQUIRE_FALSE(end.collect().empty());
  CHECK(end.payload().empty());
  Channel channel(suite.target());
  Call call(Caller::service(), std::chrono::steady_clock::now() + 5s, "test");
  api::CollectRequest request;
  request.set_name(end.collect());
  auto collected = channel.call<api::CollectReply>("marquee.api.CallStream/Collect", request, call);
  GetUsersReply reply;
  REQUIRE(reply.ParseFromString(collected.payload()));
  CHECK(reply.users(0).username().size() == 300 * 1024);
  bool found = true;
  try {
    channel.call<api::CollectReply>("marquee.api.CallStream/Collect", request, call);
  } catch (const Error& error) {
    found = error.code() != Code::kNotFound;
  }
  CHECK_FALSE(found);
}

TEST_CASE("a ping is answered while calls run, and an old stream is asked to go") {
  ServerConfig config;
  config.max_connection_age = 1ms;
  Suite suite(config);
  RawStream stream(suite.target());
  REQUIRE(stream.wait_for([](const auto& frames) { return frames.has_hello(); }));
  std::uint64_t number = 0;
  auto ping = [&] {
    api::ClientFrames frames;
    frames.set_ping(++number);
    stream.write(frames);
    return stream.wait_for([&](const auto& all) { return all.pong() == number; });
  };
  REQUIRE(ping());
  CHECK(eventually([&] { return ping() && stream.received().draining(); }));
  stream.write(one_start(1, 5));
  CHECK(first_user(stream.end_of(1)) == 5);
}

TEST_CASE("bytes that are no frames end the stream and cancel its calls") {
  Suite suite;
  CancelledUsers users(suite);
  RawStream stream(suite.target());
  stream.write(one_start(1));
  users.wait_until_entered();
  stream.write_bytes("\xff\xff\xff\xff");
  CHECK(stream.status() > 0);
  CHECK(users.stopped());
}

TEST_CASE("a call id that does not rise is not run again") {
  Suite suite;
  std::atomic<int> runs{0};
  suite.users = [&](const Call&, const GetUsersRequest&) {
    ++runs;
    return GetUsersReply();
  };
  RawStream stream(suite.target());
  stream.write(one_start(5));
  CHECK(stream.end_of(5).code() == 0);
  api::ClientFrames frames;
  add_start(frames, 5);
  add_start(frames, 4);
  add_start(frames, 6);
  stream.write(frames);
  CHECK(stream.end_of(6).code() == 0);
  CHECK(runs == 2);
}

TEST_CASE("a server that stops drains its streams: calls in flight are answered") {
  Suite suite;
  std::promise<void> entered;
  std::promise<void> go_on;
  suite.users = [&](const Call&, const GetUsersRequest& request) {
    entered.set_value();
    go_on.get_future().wait();
    GetUsersReply reply;
    reply.add_users()->set_id(request.ids(0));
    return reply;
  };
  RawStream stream(suite.target());
  stream.write(one_start(1, 8));
  entered.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { suite.server.stop(8s); });
  CHECK(stream.wait_for([](const auto& frames) { return frames.draining(); }));
  go_on.set_value();
  CHECK(first_user(stream.end_of(1)) == 8);
  stream.half_close();
  CHECK(stream.status() == 0);
  stopping.get();
}

TEST_CASE("a server does not wait for ever for a client that stays") {
  auto suite = std::make_unique<Suite>();
  RawStream stream(suite->target());
  stream.write(one_start(1, 8));
  CHECK(first_user(stream.end_of(1)) == 8);
  suite->server.stop(50ms);
  suite.reset();
  CHECK(stream.status() > 0);
}

}  // namespace
}  // namespace marquee::rpc
