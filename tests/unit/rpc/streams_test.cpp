// Calls over one stream: what comes out of them, and what a server that misbehaves can do.
#include "libs/rpc/caller.h"
#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"
#include "tests/unit/rpc/held_calls.h"
#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc {
namespace {

using std::chrono::milliseconds;
using testing::eventually;

void echo(const std::shared_ptr<TakenCall>& call) {
  call->reply(call->start().payload());
}

// A server that holds its calls, and a client.
struct Pair {
  HeldCalls held;
  FakeStreamServer server{held.taker()};
  TestClient client{{server.port()}};
};

TEST_CASE("a call arrives as it was made and its answer comes back") {
  Pair pair;
  auto& [held, server, client] = pair;
  auto call = std::make_shared<TestCall>("question", milliseconds(5'000));
  call->caller = "17 user s u";
  call->request_id = "request-9";
  call->traceparent = "00-trace";
  call->fresh = true;
  client.loop().run([&] { client.start_here(call); });
  REQUIRE(held.wait_for(1));
  const auto& start = held.at(0)->start();
  CHECK_FALSE(held.at(0)->unary());
  CHECK(start.method() == "/test.Echo/Echo");
  CHECK(start.caller() == "17 user s u");
  CHECK(start.request_id() == "request-9");
  CHECK(start.traceparent() == "00-trace");
  CHECK(start.fresh());
  CHECK(start.payload() == "question");
  CHECK(start.timeout_ms() > 0);
  CHECK(start.timeout_ms() <= 5'000);
  held.at(0)->reply("answer");
  REQUIRE(call->wait());
  CHECK(call->answer().ok());
  CHECK(call->answer().payload == "answer");
  CHECK(eventually([&] { return client.service().calls_in_flight == 0; }));
}

TEST_CASE("calls end in any order, each with its own answer") {
  Pair pair;
  auto& [held, server, client] = pair;
  std::vector<std::shared_ptr<TestCall>> calls;
  for (int i = 0; i < 100; ++i) calls.push_back(client.start(std::to_string(i)));
  REQUIRE(held.wait_for(100));
  for (int i = 99; i >= 0; i -= 2) held.at(i)->reply(held.at(i)->start().payload());
  for (int i = 0; i < 100; i += 2) held.at(i)->reply(held.at(i)->start().payload());
  for (int i = 0; i < 100; ++i) {
    REQUIRE(calls[i]->wait());
    CHECK(calls[i]->answer().payload == std::to_string(i));
    CHECK(calls[i]->answers() == 1);
  }
}

TEST_CASE("what is started in one turn leaves in one message") {
  FakeStreamServer server(echo);
  TestClient client({server.port()});
  REQUIRE(client.start("first")->wait());
  const int before = server.messages() - server.pings();
  std::vector<std::shared_ptr<TestCall>> calls;
  client.loop().run([&] {
    for (int i = 0; i < 64; ++i) {
      calls.push_back(std::make_shared<TestCall>(std::to_string(i), milliseconds(10'000)));
      client.start_here(calls.back());
    }
  });
  for (const auto& call : calls) REQUIRE(call->wait());
  CHECK(server.messages() - server.pings() - before <= 1);
}

TEST_CASE("a failure brings what the service says of it") {
  api::ErrorDetail detail;
  detail.set_reason("movie_not_found");
  detail.set_retry_after_ms(250);
  auto* field = detail.add_fields();
  field->set_field("id");
  field->set_message("no such film");
  FakeStreamServer server([&](const auto& call) { call->fail(5, "Movie not found", &detail); });
  TestClient client({server.port()});
  auto call = client.start("x");
  REQUIRE(call->wait());
  const Answer& answer = call->answer();
  CHECK(answer.code == Code::kNotFound);
  CHECK(answer.from_service);
  CHECK(answer.message == "Movie not found");
  CHECK(answer.reason == "movie_not_found");
  CHECK(answer.retry_after_ms == 250);
  REQUIRE(answer.fields.size() == 1);
  CHECK(answer.fields[0].first == "id");
  CHECK(answer.fields[0].second == "no such film");
}

TEST_CASE("nothing is sent before the server has said Hello") {
  HeldCalls held;
  FakeStreamServer::Options options;
  options.hello = false;
  FakeStreamServer server(held.taker(), options);
  TestClient client({server.port()});
  auto call = client.start("early");
  REQUIRE(eventually([&] { return server.streams() == 1; }));
  auto late = client.start("cancelled before");
  client.cancel(late);
  CHECK(late->answer().code == Code::kCancelled);
  CHECK(server.messages() == 0);
  api::ServerFrames frames;
  frames.mutable_hello()->set_calls_max(8);
  frames.mutable_hello()->set_payload_bytes_max(1'000);
  server.send_bytes(frames.SerializeAsString());
  REQUIRE(held.wait_for(1));
  CHECK(held.at(0)->start().payload() == "early");
  held.at(0)->reply("done");
  REQUIRE(call->wait());
  CHECK(call->answer().payload == "done");
  CHECK(held.size() == 1);
}

TEST_CASE("a deadline ends the call here and cancels it there; the late answer is dropped") {
  Pair pair;
  auto& [held, server, client] = pair;
  auto call = client.start("slow", milliseconds(150));
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kDeadlineExceeded);
  CHECK(std::chrono::steady_clock::now() >= call->deadline);
  REQUIRE(held.wait_for(1));
  REQUIRE(eventually([&] { return server.cancels().size() == 1; }));
  CHECK(server.cancels()[0] == held.at(0)->start().call_id());
  held.at(0)->reply("too late");
  auto next = client.start("next");
  REQUIRE(held.wait_for(2));
  held.at(1)->reply("in time");
  REQUIRE(next->wait());
  CHECK(next->answer().payload == "in time");
  CHECK(call->answers() == 1);
}

TEST_CASE("a cancelled call ends at once and its server hears of it") {
  Pair pair;
  auto& [held, server, client] = pair;
  auto call = client.start("unwanted");
  REQUIRE(held.wait_for(1));
  client.cancel(call);
  CHECK(call->ended());
  CHECK(call->answer().code == Code::kCancelled);
  REQUIRE(eventually([&] { return server.cancels().size() == 1; }));
  client.cancel(call);
  CHECK(call->answers() == 1);
}

TEST_CASE("large requests and large answers go by calls of their own") {
  Pair pair;
  auto& [held, server, client] = pair;
  REQUIRE(client.wait_open(1));
  const std::string large(300 * 1024, 'x');
  auto call = client.start(large);
  REQUIRE(held.wait_for(1));
  CHECK(held.at(0)->unary());
  CHECK(held.at(0)->start().payload() == large);
  CHECK(held.at(0)->start().request_id() == "request-1");
  held.at(0)->reply("taken");
  REQUIRE(call->wait());
  CHECK(call->answer().payload == "taken");

  server.keep("answer-1", large);
  auto fetching = client.start("small");
  REQUIRE(held.wait_for(2));
  api::CallEnd end;
  end.set_collect("answer-1");
  held.at(1)->end(end);
  REQUIRE(fetching->wait());
  CHECK(fetching->answer().ok());
  CHECK(fetching->answer().payload == large);

  auto lost = client.start("small");
  REQUIRE(held.wait_for(3));
  held.at(2)->end(end);
  REQUIRE(lost->wait());
  CHECK(lost->answer().code == Code::kNotFound);
}

TEST_CASE("a large call can be cancelled, and fails with the service's words") {
  Pair pair;
  auto& [held, server, client] = pair;
  REQUIRE(client.wait_open(1));
  const std::string large(300 * 1024, 'x');
  auto call = client.start(large);
  REQUIRE(held.wait_for(1));
  client.cancel(call);
  CHECK(call->ended());
  CHECK(call->answer().code == Code::kCancelled);
  CHECK(eventually([&] { return server.cancels().size() == 1; }));

  auto failing = client.start(large);
  REQUIRE(held.wait_for(2));
  api::ErrorDetail detail;
  detail.set_reason("too_dull");
  held.at(1)->fail(3, "Too dull", &detail);
  REQUIRE(failing->wait());
  CHECK(failing->answer().code == Code::kInvalidArgument);
  CHECK(failing->answer().reason == "too_dull");
}

TEST_CASE("a broken stream ends its calls with UNAVAILABLE, each once, and is opened again") {
  Pair pair;
  auto& [held, server, client] = pair;
  std::vector<std::shared_ptr<TestCall>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(client.start(std::to_string(i)));
  REQUIRE(held.wait_for(20));
  server.break_streams();
  for (const auto& call : calls) {
    REQUIRE(call->wait());
    CHECK(call->answer().code == Code::kUnavailable);
    CHECK(call->answer().retry_after_ms == 0);
    CHECK_FALSE(call->answer().from_service);
  }
  REQUIRE(eventually([&] { return client.service().reconnects == 1; }));
  auto next = client.start("again");
  REQUIRE(held.wait_for(21));
  held.at(20)->reply("here");
  REQUIRE(next->wait());
  CHECK(next->answer().payload == "here");
  for (const auto& call : calls) CHECK(call->answers() == 1);
}

TEST_CASE("what a server must not say breaks its stream, and no call is lost by it") {
  api::ServerFrames frames;
  std::string bytes;
  SECTION("no frames at all") {
    bytes = "\xff\xff\xff";
  }
  SECTION("a second Hello") {
    frames.mutable_hello()->set_calls_max(8);
    bytes = frames.SerializeAsString();
  }
  SECTION("an answer to a call that was never made") {
    frames.add_ends()->set_call_id(std::uint64_t{1} << 40);
    bytes = frames.SerializeAsString();
  }
  SECTION("an answer to no call") {
    frames.add_ends()->set_code(1);
    bytes = frames.SerializeAsString();
  }
  Pair pair;
  auto& [held, server, client] = pair;
  auto call = client.start("x");
  REQUIRE(held.wait_for(1));
  server.send_bytes(bytes);
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kUnavailable);
  CHECK(eventually([&] { return client.service().reconnects == 1; }));
}

TEST_CASE("a second answer to the same call is nobody's") {
  Pair pair;
  auto& [held, server, client] = pair;
  auto call = client.start("x");
  REQUIRE(held.wait_for(1));
  held.at(0)->reply("first");
  REQUIRE(call->wait());
  api::ServerFrames frames;
  frames.add_ends()->set_call_id(held.at(0)->start().call_id());
  server.send_bytes(frames.SerializeAsString());
  auto next = client.start("y");
  REQUIRE(held.wait_for(2));
  held.at(1)->reply("second");
  REQUIRE(next->wait());
  CHECK(next->answer().payload == "second");
  CHECK(call->answers() == 1);
  CHECK(client.service().reconnects == 0);
}

TEST_CASE("over what a server takes, and over the service's cap, a call is refused at once") {
  HeldCalls held;
  FakeStreamServer::Options options;
  int calls_max = 1'024;
  SECTION("the server's") {
    options.calls_max = 4;
  }
  SECTION("the service's") {
    calls_max = 4;
  }
  FakeStreamServer server(held.taker(), options);
  TestClient::Options wanted;
  wanted.calls_max = calls_max;
  TestClient client({server.port()}, wanted);
  REQUIRE(client.wait_open(1));
  std::vector<std::shared_ptr<TestCall>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(client.start("x"));
  auto refused = client.start("too many");
  CHECK(refused->ended());
  CHECK(refused->answer().code == Code::kUnavailable);
  CHECK(refused->answer().reason == "overloaded");
  CHECK(refused->answer().retry_after_ms == 1'000);
  REQUIRE(held.wait_for(4));
  held.at(2)->reply("room");
  REQUIRE(calls[2]->wait());
  auto next = client.start("now");
  REQUIRE(held.wait_for(5));
  held.at(4)->reply("fits");
  REQUIRE(next->wait());
  CHECK(next->answer().payload == "fits");
}

TEST_CASE("a server that reads nothing fills its own queue only") {
  FakeStreamServer::Options options;
  options.reads = false;
  FakeStreamServer server([](const auto&) {}, options);
  TestClient client({server.port()});
  REQUIRE(client.wait_open(1));
  const std::string payload(200 * 1024, 'x');
  std::vector<std::shared_ptr<TestCall>> calls;
  bool refused = false;
  // 8 MiB, what is on its way, and what gRPC and the kernel take.
  for (int i = 0; i < 400 && !refused; ++i) {
    calls.push_back(client.start(payload));
    refused = calls.back()->ended();
  }
  REQUIRE(refused);
  CHECK(calls.back()->answer().reason == "overloaded");
  CHECK(calls.back()->answer().retry_after_ms == 1'000);
}

TEST_CASE("a server that drains is left when its last answer has come") {
  Pair pair;
  auto& [held, server, client] = pair;
  auto before = client.start("before");
  REQUIRE(held.wait_for(1));
  server.drain();
  REQUIRE(eventually([&] { return client.service().streams_open == 2; }));
  auto after = client.start("after");
  REQUIRE(held.wait_for(2));
  CHECK(server.streams_ended_well() == 0);
  held.at(0)->reply("old stream");
  held.at(1)->reply("new stream");
  REQUIRE(before->wait());
  REQUIRE(after->wait());
  CHECK(before->answer().payload == "old stream");
  CHECK(after->answer().payload == "new stream");
  CHECK(eventually([&] { return server.streams_ended_well() == 1; }));
  CHECK(client.service().streams_open == 1);
}

TEST_CASE("who stops ends all calls and takes leave of the servers") {
  HeldCalls held;
  FakeStreamServer server(held.taker());
  {
    TestClient client({server.port()});
    auto call = client.start("x");
    auto large = client.start(std::string(300 * 1024, 'x'));
    REQUIRE(held.wait_for(2));
    client.stop();
    CHECK(call->answer().code == Code::kCancelled);
    CHECK(large->answer().code == Code::kCancelled);
    auto late = client.start("y");
    CHECK(late->answer().code == Code::kCancelled);
  }
  CHECK(server.streams_ended_well() == 1);
}

TEST_CASE("nobody there: the call fails at once") {
  TestClient client({testing::free_port()});
  auto call = client.start("x");
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kUnavailable);
  CHECK(call->answer().retry_after_ms == 0);
  TestClient nowhere({});
  auto other = nowhere.start("x");
  CHECK(other->answer().code == Code::kUnavailable);
}

}  // namespace
}  // namespace marquee::rpc
