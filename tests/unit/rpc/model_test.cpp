// The model test of call streams: random interleavings of calls, cancels, deadlines, broken
// streams, restarts, drains, vanishing addresses and slow replicas, on several threads. The model
// is simple: every call is answered exactly once, with the echo of its own content or with a
// failure that what happened to it allows.
//
//   MARQUEE_MODEL_SECONDS=60 MARQUEE_MODEL_SEED=7 build/release/bin/rpc_streams "[model]"
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"
#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc {
namespace {

using std::chrono::milliseconds;
using Random = std::minstd_rand;

constexpr int kServers = 3;
constexpr int kClients = 3;
constexpr std::size_t kOutstandingMax = 150;
constexpr std::size_t kLargeBytes = 280 * 1024;

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

bool chance(Random& random, unsigned percent) {
  return random() % 100 < percent;
}

std::string echo_of(const std::string& content) {
  return "echo of " + content;
}

// Tells calls apart, and fits into metadata.
std::string beginning(const std::string& content) {
  return content.substr(0, 40);
}

// What a call asks its server to do is the first letter of its content.
enum Wish : char {
  kNow = 'n',
  kLater = 'l',
  kNever = 'x',
  kRefuse = 'r',
  kDown = 'd',
  kCollect = 'c'
};

Wish random_wish(Random& random) {
  constexpr std::string_view kWishes = "nnnnnnllllxrdc";
  return static_cast<Wish>(kWishes[random() % kWishes.size()]);
}

// A replica that can be restarted at its port.
class ModelServer {
 public:
  ModelServer() { start(); }
  ~ModelServer() { stop(); }

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
    for (const auto& call : chosen) call->reply(echo_of(call->start().payload()));
  }
  FakeStreamServer& server() { return *server_; }

 private:
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
    const std::string& content = call->start().payload();
    api::ErrorDetail detail;
    detail.set_reason("refused");
    switch (content.front()) {
      case kLater: {
        std::lock_guard lock(mutex_);
        later_.push_back(call);
        return;
      }
      case kNever:
        return;
      case kRefuse:
        return call->fail(9, beginning(content), &detail);
      case kDown:
        return call->fail(14, "down");
      case kCollect: {
        if (call->unary()) return call->reply(echo_of(content));
        const std::string name = "answer to " + content;
        keep(name, echo_of(content));
        api::CallEnd end;
        end.set_collect(name);
        return call->end(end);
      }
      default:
        return call->reply(echo_of(content));
    }
  }

  void keep(const std::string& name, const std::string& payload) { server_->keep(name, payload); }

  std::unique_ptr<FakeStreamServer> server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::shared_ptr<TakenCall>> later_;
};

// One I/O thread with its calls, and what it knows of them. On that thread, but for the last two.
class ModelClient {
 public:
  ModelClient(int number, const std::vector<int>& ports, unsigned seed,
              std::shared_ptr<ServiceState> service)
      : number_(number), random_(seed), client_(ports, options(seed, std::move(service))) {}

  TestClient& client() { return client_; }

  void step() {
    client_.loop().run([this] {
      for (unsigned i = random_() % 8; i > 0; --i) start_one();
      if (chance(random_, 40)) cancel_one();
    });
  }
  bool crowded() {
    std::size_t open = 0;
    client_.loop().run([&] { open = open_.size(); });
    return open >= kOutstandingMax;
  }
  // What is wrong; empty when nothing is.
  std::string verdict() {
    client_.stop();
    client_.loop().run([] {});
    for (const auto& call : calls_) {
      if (auto wrong = judge(*call); !wrong.empty()) return wrong + ": " + beginning(call->content);
    }
    return {};
  }
  std::size_t made() const { return calls_.size(); }
  std::size_t succeeded() const {
    std::size_t count = 0;
    for (const auto& call : calls_) count += call->answer().ok() ? 1 : 0;
    return count;
  }

 private:
  static TestClient::Options options(unsigned seed, std::shared_ptr<ServiceState> service) {
    TestClient::Options wanted;
    wanted.seed = seed;
    wanted.calls_max = 400;
    wanted.service = std::move(service);
    return wanted;
  }

  void start_one() {
    std::string content(1, random_wish(random_));
    content += ':' + std::to_string(number_) + ':' + std::to_string(calls_.size()) + ':';
    if (chance(random_, 2)) content.resize(kLargeBytes, '.');
    auto call = std::make_shared<TestCall>(content, milliseconds(random_() % 400));
    call->retry = chance(random_, 50);
    call->then = [this](TestCall& ended) { after(ended); };
    calls_.push_back(call);
    open_.insert(call.get());
    client_.start_here(call);
  }

  // Who is answered may start and cancel others, there and then.
  void after(TestCall& ended) {
    open_.erase(&ended);
    if (open_.size() < kOutstandingMax && chance(random_, 20)) start_one();
    if (chance(random_, 5)) cancel_one();
    client_.cancel_here(ended);  // too late, and without effect
  }

  void cancel_one() {
    if (open_.empty()) return;
    auto it = open_.begin();
    std::advance(it, random_() % open_.size());
    TestCall& call = **it;
    cancelled_.insert(&call);
    client_.cancel_here(call);
  }

  std::string judge(const TestCall& call) const {
    if (call.answers() != 1) return "answered " + std::to_string(call.answers()) + " times";
    const Answer& answer = call.answer();
    const char wish = call.content.front();
    switch (answer.code) {
      case Code::kOk:
        return answer.payload == echo_of(call.content) ? "" : "somebody else's answer";
      case Code::kUnavailable:
        return "";  // replicas come and go
      case Code::kDeadlineExceeded:
        return call.deadline <= std::chrono::steady_clock::now() ? "" : "gave up early";
      case Code::kCancelled:
        // By itself, by the end of the test, or because its server ended.
        return "";
      case Code::kFailedPrecondition:
        if (wish != kRefuse) return "refused for nothing";
        return answer.message == beginning(call.content) ? "" : "somebody else's refusal";
      case Code::kNotFound:
        return wish == kCollect ? "" : "not found, but never kept";
      default:
        return "a code that nobody gave: " + std::to_string(static_cast<int>(answer.code)) + " " +
               answer.message;
    }
  }

  const int number_;
  Random random_;
  std::vector<std::shared_ptr<TestCall>> calls_;
  std::set<TestCall*> open_;
  std::set<TestCall*> cancelled_;
  TestClient client_;
};

// What happens to servers and addresses meanwhile.
void disturb(Random& random, std::vector<std::unique_ptr<ModelServer>>& servers,
             std::vector<std::unique_ptr<ModelClient>>& clients) {
  ModelServer& server = *servers[random() % servers.size()];
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
  const auto seed = static_cast<unsigned>(
      setting("MARQUEE_MODEL_SEED", static_cast<int>(std::random_device()() & 0xffff)));
  const std::chrono::seconds time(setting("MARQUEE_MODEL_SECONDS", 3));
  std::cout << "model: MARQUEE_MODEL_SEED=" << seed << std::endl;
  CAPTURE(seed);
  Random random(seed);
  auto service = std::make_shared<ServiceState>();
  std::vector<std::unique_ptr<ModelServer>> servers;
  std::vector<int> ports;
  for (int i = 0; i < kServers; ++i) {
    servers.push_back(std::make_unique<ModelServer>());
    ports.push_back(servers.back()->port());
  }
  std::vector<std::unique_ptr<ModelClient>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<ModelClient>(i, ports, random(), service));
  }

  std::atomic<bool> over{false};
  std::vector<std::thread> drivers;
  for (auto& client : clients) {
    drivers.emplace_back([&over, &client] {
      for (int steps = 1; !over; ++steps) {
        client->step();
        // While nobody can be reached calls fail as fast as they are made, which tests little.
        if (steps % 4 == 0) testing::pause_between_polls();
        testing::eventually([&] { return over || !client->crowded(); });
      }
    });
  }
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    disturb(random, servers, clients);
    testing::pause_between_polls();
  }
  over = true;
  for (auto& driver : drivers) driver.join();

  std::size_t made = 0;
  std::size_t succeeded = 0;
  for (auto& client : clients) {
    CHECK(client->verdict() == "");
    made += client->made();
    succeeded += client->succeeded();
  }
  CHECK(service->calls_in_flight == 0);
  clients.clear();
  CHECK(service->streams_open == 0);
  std::cout << "model: " << made << " calls, " << succeeded << " succeeded, " << service->retries
            << " retries, " << service->reconnects << " reconnects, " << service->ejections
            << " ejections" << std::endl;
  CHECK(made > 100);
  CHECK(succeeded > 100);
}

}  // namespace
}  // namespace marquee::rpc
