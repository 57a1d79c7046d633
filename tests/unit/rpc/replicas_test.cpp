// Several replicas of one service: who gets a call, who gets none for a while, and what is tried
// again.
#include <filesystem>
#include <fstream>
#include <random>

#include "libs/rpc/replica_health.h"
#include "libs/rpc/replica_names.h"
#include "libs/rpc/retry_budget.h"
#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"
#include "tests/unit/rpc/held_calls.h"
#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;
using Time = std::chrono::steady_clock::time_point;

// Echoes, and counts.
struct EchoServer {
  explicit EchoServer(int port = 0)
      : server([this](const auto& call) { take(call); }, options(port)) {}
  static FakeStreamServer::Options options(int port) {
    FakeStreamServer::Options wanted;
    wanted.port = port;
    return wanted;
  }
  void take(const std::shared_ptr<TakenCall>& call) {
    ++calls;
    if (unavailable) {
      call->fail(14, "not now");
    } else {
      call->reply(call->start().payload());
    }
  }

  std::atomic<int> calls{0};
  std::atomic<bool> unavailable{false};
  FakeStreamServer server;
};

int ok_answers(const std::vector<std::shared_ptr<TestCall>>& calls) {
  int ok = 0;
  for (const auto& call : calls) {
    if (call->wait() && call->answer().ok() && call->answer().payload == call->content) ++ok;
  }
  return ok;
}

std::vector<std::shared_ptr<TestCall>> make_calls(TestClient& client, int count,
                                                  bool retry = false) {
  std::vector<std::shared_ptr<TestCall>> calls;
  for (int i = 0; i < count; ++i) {
    calls.push_back(client.start(std::to_string(i), seconds(10), retry));
    calls.back()->wait();
  }
  return calls;
}

TEST_CASE("replicas share the calls") {
  EchoServer a;
  EchoServer b;
  EchoServer c;
  TestClient client({a.server.port(), b.server.port(), c.server.port()});
  REQUIRE(client.wait_open(3));
  CHECK(ok_answers(make_calls(client, 300)) == 300);
  // A first answer that was slow counts for a moment.
  CHECK(eventually([&] {
    make_calls(client, 50);
    return a.calls > 30 && b.calls > 30 && c.calls > 30;
  }));
}

TEST_CASE("a replica that is slow gets less") {
  HeldCalls held;
  FakeStreamServer slow(held.taker());
  EchoServer fast;
  TestClient client({slow.port(), fast.server.port()});
  REQUIRE(client.wait_open(2));
  int done = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t before = held.size();
    auto call = client.start("x");
    eventually([&] { return call->ended() || held.size() > before; });
    if (call->ended()) ++done;
  }
  CHECK(eventually([&] { return fast.calls > 150; }));
  CHECK(held.size() < 50);
  for (std::size_t i = 0; i < held.size(); ++i) held.at(i)->reply("x");
}

TEST_CASE("what may be made twice is tried on another replica; what may not is not") {
  EchoServer good;
  EchoServer bad;
  bad.unavailable = true;
  TestClient client({good.server.port(), bad.server.port()});
  REQUIRE(client.wait_open(2));
  CHECK(ok_answers(make_calls(client, 4, true)) == 4);
  int failed = 0;
  for (int i = 0; i < 200 && failed == 0; ++i) {
    auto call = client.start("x");
    REQUIRE(call->wait());
    if (!call->answer().ok()) {
      ++failed;
      CHECK(call->answer().code == Code::kUnavailable);
      CHECK(call->answers() == 1);
    }
  }
  CHECK(failed == 1);
}

TEST_CASE("a failure with a time to wait, or of another kind, is not tried again") {
  api::ErrorDetail detail;
  int code = 14;
  SECTION("told to wait") {
    detail.set_retry_after_ms(500);
  }
  SECTION("refused") {
    code = 9;
  }
  std::atomic<int> calls{0};
  FakeStreamServer server([&](const auto& call) {
    ++calls;
    call->fail(code, "no", &detail);
  });
  TestClient client({server.port()});
  auto call = client.start("x", seconds(5), true);
  REQUIRE(call->wait());
  CHECK(static_cast<int>(call->answer().code) == code);
  CHECK(calls == 1);
  CHECK(client.service().retries == 0);
}

TEST_CASE("retries stay within a fifth of the calls") {
  EchoServer server;
  server.unavailable = true;
  TestClient client({server.server.port()});
  REQUIRE(client.wait_open(1));
  constexpr int kCalls = 500;
  for (const auto& call : make_calls(client, kCalls, true)) {
    CHECK(call->answer().code == Code::kUnavailable);
  }
  // The few that are always allowed come on top, and one a second.
  CHECK(client.service().retries <= kCalls / 5 + 20);
  CHECK(client.service().retries >= kCalls / 5 - 10);
  CHECK(server.calls == kCalls + static_cast<int>(client.service().retries));
}

TEST_CASE("a replica that fails five times in a row is left alone for a while") {
  EchoServer good;
  EchoServer bad;
  bad.unavailable = true;
  TestClient client({good.server.port(), bad.server.port()});
  REQUIRE(client.wait_open(2));
  make_calls(client, 100);
  CHECK(client.service().ejections >= 1);
  CHECK(bad.calls >= 5);
  CHECK(bad.calls < 20);
  bad.unavailable = false;
  const int before = bad.calls;
  CHECK(eventually([&] {
    make_calls(client, 10);
    return bad.calls > before;
  }));
}

TEST_CASE("when no replica is well the least bad one is asked") {
  EchoServer only;
  only.unavailable = true;
  TestClient client({only.server.port()});
  REQUIRE(client.wait_open(1));
  make_calls(client, 20);
  CHECK(client.service().ejections >= 1);
  only.unavailable = false;
  CHECK(ok_answers(make_calls(client, 1)) == 1);
}

TEST_CASE("a replica that does not answer the probe is left alone until it does") {
  EchoServer good;
  EchoServer silent;
  silent.server.answer_pings(false);
  TestClient client({good.server.port(), silent.server.port()});
  REQUIRE(client.wait_open(2));
  REQUIRE(eventually([&] { return client.service().ejections == 1; }));
  const int before = silent.calls;
  CHECK(ok_answers(make_calls(client, 50)) == 50);
  CHECK(silent.calls == before);
}

TEST_CASE("calls of a replica that is gone are tried on the others") {
  EchoServer good;
  auto leaving = std::make_unique<HeldCalls>();
  auto server = std::make_unique<FakeStreamServer>(leaving->taker());
  TestClient client({good.server.port(), server->port()});
  REQUIRE(client.wait_open(2));
  std::vector<std::shared_ptr<TestCall>> calls;
  // A replica that answers nothing is hardly chosen: the first ones wait for the last.
  while (leaving->size() < 5) {
    const std::size_t before = leaving->size();
    calls.push_back(client.start(std::to_string(calls.size()), seconds(600), true));
    eventually([&] { return calls.back()->ended() || leaving->size() > before; });
  }
  server.reset();
  CHECK(ok_answers(calls) == static_cast<int>(calls.size()));
}

TEST_CASE("an address that vanishes gets no new calls, and those in flight end") {
  HeldCalls held;
  FakeStreamServer vanishing(held.taker());
  EchoServer staying;
  TestClient client({vanishing.port()});
  auto call = client.start("in flight");
  REQUIRE(held.wait_for(1));
  client.set_ports({staying.server.port()});
  CHECK(ok_answers(make_calls(client, 20)) == 20);
  CHECK(held.size() == 1);
  CHECK(vanishing.streams_ended_well() == 0);
  held.at(0)->reply("in flight");
  CHECK(ok_answers({call}) == 1);
  CHECK(eventually([&] { return vanishing.streams_ended_well() == 1; }));
  client.set_ports({vanishing.port(), staying.server.port()});
  CHECK(client.wait_open(2));
}

TEST_CASE("an address that vanishes while its stream is being opened") {
  HeldCalls held;
  FakeStreamServer::Options options;
  options.hello = false;
  FakeStreamServer vanishing(held.taker(), options);
  TestClient client({vanishing.port()});
  auto call = client.start("waits for Hello");
  REQUIRE(eventually([&] { return vanishing.streams() == 1; }));
  client.set_ports({});
  api::ServerFrames frames;
  frames.mutable_hello()->set_calls_max(8);
  frames.mutable_hello()->set_payload_bytes_max(1'000);
  vanishing.send_bytes(frames.SerializeAsString());
  REQUIRE(held.wait_for(1));
  CHECK(client.wait_open(1));
  held.at(0)->reply("waits for Hello");
  CHECK(ok_answers({call}) == 1);
  CHECK(client.wait_open(0));
}

TEST_CASE("one replica, three, one, under load: every call is answered, each replica takes part") {
  std::vector<std::unique_ptr<EchoServer>> servers;
  servers.push_back(std::make_unique<EchoServer>());
  TestClient client({servers[0]->server.port()});
  std::atomic<bool> stop{false};
  std::atomic<int> made{0};
  std::atomic<int> failed{0};
  // Neither may be made twice: nothing is hidden by retries.
  std::vector<std::thread> load;
  for (int t = 0; t < 2; ++t) {
    load.emplace_back([&] {
      while (!stop) {
        std::vector<std::shared_ptr<TestCall>> calls;
        for (int i = 0; i < 16; ++i) calls.push_back(client.start(std::to_string(++made)));
        failed += 16 - ok_answers(calls);
      }
    });
  }
  CHECK(eventually([&] { return servers[0]->calls > 100; }));
  servers.push_back(std::make_unique<EchoServer>());
  servers.push_back(std::make_unique<EchoServer>());
  client.set_ports(
      {servers[0]->server.port(), servers[1]->server.port(), servers[2]->server.port()});
  for (int i : {1, 2}) {
    CHECK(eventually([&] { return servers[i]->calls > 50; }, seconds(3)));
  }
  // The way a service goes: it says so, then its address vanishes, then it ends.
  for (int i : {0, 1}) servers[i]->server.drain();
  client.set_ports({servers[2]->server.port()});
  for (int i : {0, 1}) {
    CHECK(eventually([&] { return servers[i]->server.streams() == 0; }));
    servers[i].reset();
  }
  const int before = servers[2]->calls;
  CHECK(eventually([&] { return servers[2]->calls > before + 100; }));
  stop = true;
  for (auto& thread : load) thread.join();
  CHECK(failed == 0);
  CHECK(client.service().retries == 0);
}

TEST_CASE("health: five in a row eject, a success between them does not, the return is gradual") {
  ReplicaHealth health;
  const Time start{std::chrono::hours(1)};
  for (int i = 0; i < 4; ++i) CHECK_FALSE(health.call_failed(start));
  health.call_succeeded(milliseconds(1));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(health.call_failed(start));
  CHECK(health.weight(start) == 1);
  CHECK(health.call_failed(start));
  CHECK(health.ejected(start + milliseconds(999)));
  CHECK_FALSE(health.ejected(start + seconds(1)));
  CHECK(health.weight(start + milliseconds(1'100)) < 0.1);
  CHECK(health.weight(start + milliseconds(3'500)) == Approx(0.5));
  CHECK(health.weight(start + seconds(6)) == 1);
  // Again, and for longer.
  for (int i = 0; i < 5; ++i) health.call_failed(start + seconds(7));
  CHECK(health.ejected(start + milliseconds(8'900)));
  CHECK_FALSE(health.ejected(start + seconds(9)));
}

TEST_CASE("health: silence ejects until the pong") {
  ReplicaHealth health;
  const Time start{std::chrono::hours(1)};
  CHECK(health.ping_unanswered());
  CHECK_FALSE(health.ping_unanswered());
  CHECK(health.ejected(start + seconds(60)));
  health.ping_answered(start);
  CHECK_FALSE(health.ejected(start));
  CHECK(health.weight(start + milliseconds(2'500)) == Approx(0.5));
}

TEST_CASE("retry budget: a few at rest, a fifth under load") {
  Time now{std::chrono::hours(1)};
  RetryBudget budget(now);
  int taken = 0;
  while (budget.take(now)) ++taken;
  CHECK(taken == 10);
  for (int i = 0; i < 100; ++i) budget.call_made();
  taken = 0;
  while (budget.take(now)) ++taken;
  CHECK(taken >= 19);
  CHECK(taken <= 20);
  CHECK(budget.take(now + seconds(2)));
}

TEST_CASE("deadlines are found in their order of time, none early, none lost") {
  Time now{std::chrono::hours(1)};
  DeadlineWheel wheel(now);
  std::minstd_rand random(7);
  std::vector<DeadlineWheel::Entry> entries(500);
  for (auto& entry : entries) wheel.add(entry, now + milliseconds(random() % 12'000));
  for (std::size_t i = 0; i < entries.size(); i += 5) DeadlineWheel::remove(entries[i]);
  int found = 0;
  for (int step = 0; step < 20'000 && found < 400; ++step) {
    const Time next = wheel.next_look(now + milliseconds(250));
    REQUIRE(next > now);
    now = next;
    while (auto* due = wheel.take_due(now)) {
      CHECK(due->due <= now);
      CHECK(now - due->due <= 2 * DeadlineWheel::kResolution);
      ++found;
    }
  }
  CHECK(found == 400);
}

TEST_CASE("names become addresses, and change") {
  std::mutex mutex;
  std::map<std::string, std::optional<std::vector<std::string>>> known;
  known["movie"] = std::vector<std::string>{"10.0.0.2", "10.0.0.1", "10.0.0.1", "fd00::7"};
  std::vector<std::vector<Endpoint>> told;
  ReplicaNames names(
      {"movie:9102", "127.0.0.1:9000", "[::1]:9001"},
      [&](const std::vector<Endpoint>& endpoints) {
        std::lock_guard lock(mutex);
        told.push_back(endpoints);
      },
      [&](const std::string& host) {
        std::lock_guard lock(mutex);
        return known[host];
      });
  auto times_told = [&] {
    std::lock_guard lock(mutex);
    return told.size();
  };
  auto addresses = [&] {
    std::lock_guard lock(mutex);
    std::string text;
    for (const auto& endpoint : told.back()) text += endpoint.address + "/" + endpoint.host + " ";
    return text;
  };
  REQUIRE(eventually([&] { return times_told() == 1; }));
  CHECK(addresses() ==
        "10.0.0.1:9102/movie 10.0.0.2:9102/movie 127.0.0.1:9000/127.0.0.1 [::1]:9001/::1 "
        "[fd00::7]:9102/movie ");
  {
    std::lock_guard lock(mutex);
    known["movie"] = std::vector<std::string>{"10.0.0.3"};
  }
  REQUIRE(eventually([&] { return times_told() == 2; }));
  CHECK(addresses() == "10.0.0.3:9102/movie 127.0.0.1:9000/127.0.0.1 [::1]:9001/::1 ");
  {
    std::lock_guard lock(mutex);
    known["movie"] = std::nullopt;
  }
  std::vector<Endpoint> numbers;
  ReplicaNames numeric({"127.0.0.1:1", "127.0.0.1:2"}, [&](const auto& all) { numbers = all; });
  CHECK(numbers.size() == 2);
  CHECK(ReplicaNames::look_up_host("localhost"));
  CHECK_FALSE(ReplicaNames::look_up_host("no-such-host.invalid"));
  // At least one more look in which the name stood for nothing.
  CHECK_FALSE(eventually([&] { return times_told() > 2; }, milliseconds(1'200)));
}

TEST_CASE("a file names replicas, and keeps its last meaning while it has none") {
  testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/replicas";
  auto write = [&](const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  };
  std::mutex mutex;
  std::vector<std::string> told;
  ReplicaNames names(
      {"file:" + path},
      [&](const std::vector<Endpoint>& endpoints) {
        std::string text;
        for (const auto& endpoint : endpoints) text += endpoint.address + "/" + endpoint.host + " ";
        std::lock_guard lock(mutex);
        told.push_back(text);
      },
      [](const std::string&) { return std::vector<std::string>{"10.0.0.1"}; });
  auto last_is = [&](const std::string& text) {
    std::lock_guard lock(mutex);
    return !told.empty() && told.back() == text;
  };
  CHECK(eventually([&] { return last_is(""); }));
  write("# two\n  10.0.0.2:9102\r\nmovie:9102 # by name\n\n");
  CHECK(eventually([&] { return last_is("10.0.0.1:9102/movie 10.0.0.2:9102/10.0.0.2 "); }));
  for (const auto* nothing : {"# nobody\n", "10.0.0.3:9102\n10.0.0.4:x\n"}) {
    write(nothing);
    CHECK_FALSE(eventually([&] { return !last_is("10.0.0.1:9102/movie 10.0.0.2:9102/10.0.0.2 "); },
                           milliseconds(1'200)));
  }
  write("[::1]:9102\n");
  CHECK(eventually([&] { return last_is("[::1]:9102/::1 "); }));
}

}  // namespace
}  // namespace marquee::rpc
