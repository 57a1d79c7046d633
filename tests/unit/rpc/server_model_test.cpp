// The model test of call streams against our own servers: handlers that echo, wait, fail, gather,
// block and answer large, restarts at the same address, drains by age, and connections that break,
// stall and lag on their way. When the servers have stopped nothing of them is left.
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "libs/core/turn.h"
#include "libs/rpc/server.h"
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/unit/rpc/model.h"
#include "tests/unit/rpc/model.pb.h"

namespace marquee::rpc::model {
namespace {

using std::chrono::milliseconds;
using testing::TcpGate;
using testrpc::v1::Words;

constexpr int kServers = 3;

// Echoes for all who gather in a turn.
class Choir final : public core::Gathering {
 public:
  void run() noexcept override {
    for (auto [text, echo] : singers_) *echo = echo_of(*text);
  }
  static std::string sing(const void* owner, const std::string& text) {
    core::Turn& turn = *core::Turn::current();
    auto choir = std::static_pointer_cast<Choir>(turn.open(owner));
    if (!choir) {
      choir = std::make_shared<Choir>();
      turn.add(owner, choir);
    }
    std::string echo;
    choir->singers_.emplace_back(&text, &echo);
    turn.wait_for(*choir);
    return echo;
  }

 private:
  std::vector<std::pair<const std::string*, std::string*>> singers_;
};

// True when the call was cancelled before the time, or its deadline, was over.
bool wait(const Call& call, milliseconds time) {
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool cancelled = false;
  } state;
  Cancellation::Hook hook(call.deadline().cancellation(), [&state] {
    std::lock_guard lock(state.mutex);
    state.cancelled = true;
    state.changed.notify_all();
  });
  std::unique_lock lock(state.mutex);
  const auto until = std::min(call.deadline().at(), std::chrono::steady_clock::now() + time);
  return state.changed.wait_until(lock, until, [&] { return state.cancelled; });
}

// The handler, and what its calls leave behind.
class EchoHandler {
 public:
  void bind(Server& server) {
    server.service("marquee.testrpc.v1.Echo")
        .on("Say", [this](const Call& call, const Words& words) { return say(call, words); });
    server.service("marquee.testrpc.v1.Recital")
        .on_stream("Recite", [this](const Call&, const Words& words) { return recite(words); });
  }
  int running() const { return running_; }
  int begun() const { return begun_; }
  int cancelled() const { return cancelled_; }

 private:
  struct Running {
    explicit Running(std::atomic<int>& counter) : count(counter) { ++count; }
    ~Running() { --count; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    std::atomic<int>& count;
  };

  Words say(const Call& call, const Words& words) {
    const Running running(running_);
    ++begun_;
    Words answer;
    answer.set_text(answer_to(call, words.text()));
    return answer;
  }

  // Some replies a turn.
  NextReplies<Words> recite(const Words& words) {
    return [this, text = words.text(), at = 0](const Call&, std::vector<Words>& replies) mutable {
      const Running running(running_);
      for (int turn = at % 4; turn >= 0 && at < replies_to(text); --turn) {
        if (at == refused_at(text)) break;
        replies.emplace_back().set_text(reply_to(text, at++));
      }
      if (replies.empty() && at == refused_at(text)) {
        throw Error(Code::kFailedPrecondition, "refused", beginning(text));
      }
      return at < replies_to(text) || at == refused_at(text);
    };
  }

  std::string answer_to(const Call& call, const std::string& text) {
    const milliseconds moment(text.size() % 23);
    switch (text.front()) {
      case kLater:
        core::Turn::about_to_block();
        wait(call, moment);
        break;
      case kNever:
        core::Turn::about_to_block();
        if (wait(call, std::chrono::minutes(1))) ++cancelled_;
        throw Error::deadline();
      case kBlock:
        wait(call, 5 * moment);
        break;
      case kGather:
        return Choir::sing(this, text);
      case kRefuse:
        throw Error(Code::kFailedPrecondition, "refused", beginning(text));
      case kDown:
        throw Error::unavailable("down", "down");
      default:
        break;
    }
    return echo_of(text);
  }

  std::atomic<int> running_{0};
  std::atomic<int> begun_{0};
  std::atomic<int> cancelled_{0};
};

// A replica that can be restarted at its port, behind a gate that its clients must pass.
class GatedServer {
 public:
  GatedServer() : server_(serve(0)), port_(server_->port()), gate_(port_) {}
  ~GatedServer() { stop(milliseconds(0)); }

  int port() const { return gate_.port(); }
  TcpGate& gate() { return gate_; }
  const EchoHandler& handler() const { return handler_; }

  void restart(milliseconds grace) {
    stop(grace);
    server_ = serve(port_);
  }
  void stop(milliseconds grace) {
    if (!server_) return;
    server_->stop(grace);
    CHECK(handler_.running() == 0);
    const int begun = handler_.begun();
    server_.reset();
    CHECK(handler_.begun() == begun);
  }

 private:
  std::unique_ptr<Server> serve(int port) {
    ServerConfig config;
    config.listen = "127.0.0.1:" + std::to_string(port);
    config.workers = 16;
    config.queue_max = 64;
    config.max_connection_age = milliseconds(1'000);
    config.stream_calls_max = 100;
    std::unique_ptr<Server> server;
    auto began = [&] {
      try {
        server = std::make_unique<Server>(config, nullptr);
        handler_.bind(*server);
        server->start();
        return true;
      } catch (const std::runtime_error&) {
        return false;  // the port is not free yet
      }
    };
    if (!testing::eventually(began)) throw std::runtime_error("the port stays taken");
    return server;
  }

  EchoHandler handler_;
  std::unique_ptr<Server> server_;
  const int port_;
  TcpGate gate_;
};

using Servers = std::vector<std::unique_ptr<GatedServer>>;

void disturb(Random& random, Servers& servers, Clients& clients) {
  GatedServer& server = *servers[random() % servers.size()];
  const unsigned what = random() % 300;
  if (what < 4) {
    server.restart(milliseconds(random() % 2 * 150));
  } else if (what < 12) {
    server.gate().set(TcpGate::Mode::kRefuse);
  } else if (what < 18) {
    server.gate().set(TcpGate::Mode::kStall);
  } else if (what < 22) {
    server.gate().set(TcpGate::Mode::kDelay, milliseconds(random() % 60));
  } else if (what < 100) {
    server.gate().set(TcpGate::Mode::kPass);
  } else if (what < 104) {
    std::vector<int> ports;
    for (auto& each : servers) {
      if (ports.empty() || chance(random, 60)) ports.push_back(each->port());
    }
    clients[random() % clients.size()]->client().set_ports(ports);
  }
}

// What each descriptor stands for: "socket:[4711]", a path.
std::vector<std::string> open_descriptors() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    found.push_back(std::filesystem::read_symlink(entry, gone).string());
  }
  return found;
}

// What gRPC opens once for a process is open afterwards.
void make_one_call() {
  GatedServer server;
  TestClient client({server.port()});
  auto call = std::make_shared<TestCall>(wire("n"), std::chrono::seconds(10));
  call->method = "/marquee.testrpc.v1.Echo/Say";
  client.loop().run([&] { client.start_here(call); });
  REQUIRE(call->wait());
  CHECK(text_of(call->answer().payload) == echo_of("n"));
}

TEST_CASE("our servers answer every call once, and leave nothing behind", "[model]") {
  make_one_call();
  const std::size_t descriptors = open_descriptors().size();
  Random random(seed());
  int begun = 0;
  int cancelled = 0;
  {
    Servers servers;
    std::vector<int> ports;
    for (int i = 0; i < kServers; ++i) {
      servers.push_back(std::make_unique<GatedServer>());
      ports.push_back(servers.back()->port());
    }
    run_model(ports, random, Calls::kAlsoStreamed,
              [&](Clients& clients) { disturb(random, servers, clients); });
    for (auto& server : servers) {
      server->stop(milliseconds(0));
      begun += server->handler().begun();
      cancelled += server->handler().cancelled();
    }
  }
  testing::eventually([&] { return open_descriptors().size() <= descriptors; });
  const auto left = open_descriptors();
  CAPTURE(left);
  CHECK(left.size() <= descriptors);
  CHECK(begun > 100);
  // Cancels have come through to handlers that wait.
  CHECK(cancelled > 0);
}

}  // namespace
}  // namespace marquee::rpc::model
