// Server-streaming RPCs between our own servers and clients: all replies in order and one end,
// whatever happens on the way, and a server that makes no more than its reader takes.
#include <atomic>

#include "libs/rpc/client_streamed_call.h"
#include "libs/rpc/server.h"
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/unit/rpc/model.pb.h"
#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;
using testing::TcpGate;
using testrpc::v1::Words;
using Replies = std::vector<Words>;

Words words(std::string text) {
  Words message;
  message.set_text(std::move(text));
  return message;
}

// Recites what a test wants; says other things on the side.
class Stage {
 public:
  using Recite = std::function<NextReplies<Words>(const Call&, const Words&)>;

  explicit Stage(Recite recite, int port = 0) : server_(config(port), nullptr) {
    auto& recital = server_.service("marquee.testrpc.v1.Recital");
    recital.on_stream(
        "Recite", [this, recite = std::move(recite)](const Call& call, const Words& request) {
          ++begun_;
          auto next = recite(call, request);
          return NextReplies<Words>([this, next, counted = std::make_shared<Counted>(open_)](
                                        const Call& now, Replies& replies) {
            ++turns_;
            return next(now, replies);
          });
        });
    server_.service("marquee.testrpc.v1.Echo").on("Say", [](const Call&, const Words& request) {
      return request;
    });
    server_.start();
  }

  int port() const { return server_.port(); }
  void stop() { server_.stop(milliseconds(0)); }
  int begun() const { return begun_; }
  int turns() const { return turns_; }
  // Recitals of which somebody still has something.
  int open() const { return open_; }

 private:
  struct Counted {
    explicit Counted(std::atomic<int>& counter) : count(counter) { ++count; }
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::atomic<int>& count;
  };
  static ServerConfig config(int port) {
    ServerConfig config;
    config.listen = "127.0.0.1:" + std::to_string(port);
    config.workers = 1;
    return config;
  }

  std::atomic<int> begun_{0};
  std::atomic<int> turns_{0};
  std::atomic<int> open_{0};
  Server server_;
};

// `count` replies, some a turn: "0", "1"...
Stage::Recite counting(int count, int a_turn, std::size_t padding = 0) {
  return [=](const Call&, const Words&) {
    return [=, at = 0](const Call&, Replies& replies) mutable {
      for (int i = 0; i < a_turn && at < count; ++i) {
        replies.push_back(words(std::to_string(at++) + std::string(padding, ' ')));
      }
      return at < count;
    };
  };
}

struct Audience {
  explicit Audience(const std::vector<int>& ports) : client(ports) {
    REQUIRE(client.wait_open(static_cast<int>(ports.size())));
  }
  // `greedy`: takes what comes at once.
  std::shared_ptr<TestCall> listen(bool greedy = true, milliseconds patience = seconds(60),
                                   bool retry = false) {
    auto call = std::make_shared<TestCall>(words("Ozymandias").SerializeAsString(), patience);
    call->method = "/marquee.testrpc.v1.Recital/Recite";
    call->streamed = true;
    call->retry = retry;
    if (greedy) {
      call->and_then = [this](TestCall& own, std::size_t bytes) { client.taken_here(own, bytes); };
    }
    client.loop().run([&] { client.start_here(call); });
    return call;
  }
  bool says(const std::string& text) {
    auto call = std::make_shared<TestCall>(words(text).SerializeAsString(), seconds(10));
    call->method = "/marquee.testrpc.v1.Echo/Say";
    client.loop().run([&] { client.start_here(call); });
    return call->wait() && call->answer().ok() && call->answer().payload == call->content;
  }
  // From now on it takes what comes, and what has come.
  void make_greedy(TestCall& call) {
    client.loop().run([&] {
      std::size_t bytes = 0;
      for (const auto& reply : call.replies()) bytes += reply.size();
      call.and_then = [this](TestCall& own, std::size_t more) { client.taken_here(own, more); };
      client.taken_here(call, bytes);
    });
  }

  TestClient client;
};

bool counts(const std::vector<std::string>& replies) {
  for (std::size_t i = 0; i < replies.size(); ++i) {
    Words reply;
    if (!reply.ParseFromString(replies[i])) return false;
    if (std::stoul(reply.text()) != i) return false;
  }
  return true;
}

TEST_CASE("a streamed call brings all replies in order, and then its end") {
  auto [count, a_turn] = GENERATE(table<int, int>({{0, 1}, {1, 1}, {5'000, 7}, {5'000, 1'000}}));
  Stage stage(counting(count, a_turn));
  Audience audience({stage.port()});
  auto call = audience.listen();
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kOk);
  CHECK(call->replies().size() == static_cast<std::size_t>(count));
  CHECK(counts(call->replies()));
  CHECK(call->answers() == 1);
  CHECK(eventually([&] { return stage.open() == 0; }));
}

TEST_CASE("several streams and other calls share one worker") {
  Stage stage(counting(500, 3));
  Audience audience({stage.port()});
  std::vector<std::shared_ptr<TestCall>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(audience.listen());
  CHECK(audience.says("meanwhile"));
  for (const auto& call : calls) {
    REQUIRE(call->wait());
    CHECK(call->replies().size() == 500);
    CHECK(counts(call->replies()));
  }
}

TEST_CASE("a reader that does not take stops the server, and holds no thread of it") {
  constexpr int kReplies = 4'000;
  constexpr std::size_t kBytes = 8 * 1024;
  Stage stage(counting(kReplies, 4, kBytes));
  Audience audience({stage.port()});
  auto call = audience.listen(false);
  REQUIRE(call->wait_replies(ClientStreamedCall::kUnreadBytesMax / kBytes));
  // The one worker answers others; what it makes meanwhile is what fits on the way.
  for (int i = 0; i < 50; ++i) CHECK(audience.says("still here"));
  CHECK(stage.turns() < kReplies / 4 / 2);
  CHECK(call->replies().size() <= ClientStreamedCall::kUnreadBytesMax / kBytes + 1);
  CHECK_FALSE(call->ended());
  audience.make_greedy(*call);
  REQUIRE(call->wait());
  CHECK(call->answer().ok());
  CHECK(call->replies().size() == kReplies);
}

TEST_CASE("a failure comes after the replies before it") {
  const int before = GENERATE(0, 1, 100);
  Stage stage([before](const Call&, const Words&) {
    return [before, at = 0](const Call&, Replies& replies) mutable {
      if (at == before) throw Error(Code::kFailedPrecondition, "forgotten", "I forgot the rest");
      replies.push_back(words(std::to_string(at++)));
      return true;
    };
  });
  Audience audience({stage.port()});
  auto call = audience.listen();
  REQUIRE(call->wait());
  CHECK(call->replies().size() == static_cast<std::size_t>(before));
  CHECK(call->answer().code == Code::kFailedPrecondition);
  CHECK(call->answer().reason == "forgotten");
  CHECK(call->answer().message == "I forgot the rest");
  CHECK(call->answer().from_service);
}

TEST_CASE("what is wrong with a request is said before any reply") {
  Stage stage([](const Call& call, const Words&) -> NextReplies<Words> {
    call.user();
    return {};
  });
  Audience audience({stage.port()});
  auto call = audience.listen();
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kUnauthenticated);
  CHECK(call->answer().reason == "not_authenticated");
  CHECK(call->replies().empty());
}

TEST_CASE("who leaves a stream ends its making") {
  Stage stage(counting(1'000'000, 10, 1'000));
  Audience audience({stage.port()});
  const bool greedy = GENERATE(true, false);
  auto call = audience.listen(greedy);
  REQUIRE(call->wait_replies(20));
  audience.client.cancel(call);
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kCancelled);
  CHECK(call->answers() == 1);
  CHECK(eventually([&] { return stage.open() == 0; }));
  const auto had = call->replies().size();
  CHECK(audience.says("next"));
  CHECK(call->replies().size() == had);
}

TEST_CASE("a deadline ends a stream that its reader has forgotten") {
  Stage stage(counting(1'000'000, 10, 1'000));
  Audience audience({stage.port()});
  auto call = audience.listen(false, milliseconds(300));
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kDeadlineExceeded);
  CHECK(eventually([&] { return stage.open() == 0; }));
  // It was not the replica's fault.
  CHECK(audience.client.service().ejections == 0);
}

TEST_CASE("a handler that waits learns that its deadline has passed") {
  Stage stage([](const Call&, const Words&) {
    return [](const Call& call, Replies& replies) {
      replies.push_back(words("0"));
      return !call.cancelled();
    };
  });
  Audience audience({stage.port()});
  auto call = audience.listen(true, milliseconds(200));
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kDeadlineExceeded);
  CHECK(eventually([&] { return stage.open() == 0; }));
}

TEST_CASE("a stream whose server goes breaks once") {
  Stage stage(counting(1'000'000, 10, 1'000));
  TcpGate gate(stage.port());
  Audience audience({gate.port()});
  auto call = audience.listen(false, seconds(60), true);
  REQUIRE(call->wait_replies(20));
  SECTION("the server stops") {
    stage.stop();
  }
  SECTION("the connection breaks") {
    gate.set(TcpGate::Mode::kRefuse);
  }
  audience.make_greedy(*call);
  REQUIRE(call->wait());
  CHECK(call->answer().code == Code::kUnavailable);
  CHECK(call->answers() == 1);
  CHECK(counts(call->replies()));
  CHECK(eventually([&] { return stage.open() == 0; }));
}

TEST_CASE("a stream is tried again until its first reply, and not after") {
  const int before = GENERATE(0, 1);
  std::atomic<int> asked{0};
  auto recite = [&](const Call&, const Words&) {
    return [before, bad = asked++ == 0, at = 0](const Call&, Replies& replies) mutable {
      if (bad && at == before) throw Error::unavailable("down", "down");
      replies.push_back(words(std::to_string(at++)));
      return at < 10;
    };
  };
  Stage one(recite);
  Stage other(recite);
  Audience audience({one.port(), other.port()});
  auto call = audience.listen(true, seconds(60), true);
  REQUIRE(call->wait());
  CHECK(call->answer().ok() == (before == 0));
  CHECK(call->replies().size() == (before == 0 ? 10u : 1u));
  CHECK(asked == (before == 0 ? 2 : 1));
}

TEST_CASE("a unary handler cannot be bound to a streaming rpc, nor the other way round") {
  Server server(ServerConfig(), nullptr);
  auto& recital = server.service("marquee.testrpc.v1.Recital");
  CHECK_THROWS_AS(recital.on("Recite", [](const Call&, const Words& request) { return request; }),
                  std::logic_error);
  auto& echo = server.service("marquee.testrpc.v1.Echo");
  CHECK_THROWS_AS(
      echo.on_stream("Say", [](const Call&, const Words&) { return NextReplies<Words>(); }),
      std::logic_error);
}

}  // namespace
}  // namespace marquee::rpc
