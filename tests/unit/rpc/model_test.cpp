// The model test of call streams against servers that follow a script: calls, cancels, deadlines,
// broken streams, restarts, drains, nonsense, vanishing addresses and slow replicas at random, on
// several threads.
//
//   MARQUEE_MODEL_SECONDS=60 MARQUEE_MODEL_SEED=7 build/release/bin/rpc_streams "[model]"
#include "tests/unit/rpc/model.h"

#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"

namespace marquee::rpc::model {
namespace {

constexpr int kServers = 3;

// A replica that can be restarted at its port.
class ScriptedServer {
 public:
  ScriptedServer() { start(); }
  ~ScriptedServer() { stop(); }

  int port() const { return port_; }

  void restart() {
    stop();
    start();
  }
  // Answers some of what waits, in any order.
  void answer_some(Random& random, std::size_t count) {
    std::vector<std::shared_ptr<TakenCall>> chosen;
    {
      std::lock_guard lock(mutex_);
      for (; count > 0 && !later_.empty(); --count) {
        std::swap(later_[random() % later_.size()], later_.back());
        chosen.push_back(std::move(later_.back()));
        later_.pop_back();
      }
    }
    for (const auto& call : chosen) echo(*call);
  }
  FakeStreamServer& server() { return *server_; }

 private:
  static void echo(TakenCall& call) { call.reply(wire(echo_of(text_of(call.start().payload())))); }

  void start() {
    FakeStreamServer::Options options;
    options.port = port_;
    options.calls_max = 100;
    auto began = [&] {
      try {
        server_ =
            std::make_unique<FakeStreamServer>([this](const auto& call) { take(call); }, options);
        return true;
      } catch (const std::runtime_error&) {
        return false;  // the port is not free yet
      }
    };
    if (!testing::eventually(began)) throw std::runtime_error("the port stays taken");
    port_ = server_->port();
  }

  void stop() {
    server_->stop();
    server_.reset();
    std::lock_guard lock(mutex_);
    later_.clear();
  }

  void take(const std::shared_ptr<TakenCall>& call) {
    const std::string text = text_of(call->start().payload());
    api::ErrorDetail detail;
    detail.set_reason("refused");
    switch (text.front()) {
      case kLater: {
        std::lock_guard lock(mutex_);
        later_.push_back(call);
        return;
      }
      case kNever:
        return;
      case kRefuse:
        return call->fail(9, beginning(text), &detail);
      case kDown:
        return call->fail(14, "down");
      case kLarge: {
        if (call->unary()) return echo(*call);
        const std::string name = "answer to " + text;
        server_->keep(name, wire(echo_of(text)));
        api::CallEnd end;
        end.set_collect(name);
        return call->end(end);
      }
      default:
        return echo(*call);
    }
  }

  std::unique_ptr<FakeStreamServer> server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::shared_ptr<TakenCall>> later_;
};

using Servers = std::vector<std::unique_ptr<ScriptedServer>>;

// What happens to servers and addresses meanwhile.
void disturb(Random& random, Servers& servers, Clients& clients) {
  ScriptedServer& server = *servers[random() % servers.size()];
  for (auto& each : servers) each->answer_some(random, 1 + random() % 20);
  const unsigned what = random() % 300;
  if (what < 5) {
    server.restart();
  } else if (what < 12) {
    server.server().break_streams();
  } else if (what < 18) {
    server.server().drain();
  } else if (what < 20) {
    server.server().send_bytes("nonsense");
  } else if (what < 24) {
    server.server().answer_pings(chance(random, 50));
  } else if (what < 30) {
    std::vector<int> ports;
    for (auto& each : servers) {
      if (ports.empty() || chance(random, 60)) ports.push_back(each->port());
    }
    clients[random() % clients.size()]->client().set_ports(ports);
  }
}

TEST_CASE("every call is answered once, by its own answer, whatever happens", "[model]") {
  Random random(seed());
  Servers servers;
  std::vector<int> ports;
  for (int i = 0; i < kServers; ++i) {
    servers.push_back(std::make_unique<ScriptedServer>());
    ports.push_back(servers.back()->port());
  }
  run_model(ports, random, Calls::kUnary,
            [&](Clients& clients) { disturb(random, servers, clients); });
}

}  // namespace
}  // namespace marquee::rpc::model
