#include "tests/unit/rpc/model.h"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/model.pb.h"

namespace marquee::rpc::model {
namespace {

using std::chrono::milliseconds;

constexpr int kClients = 3;
constexpr std::size_t kOutstandingMax = 150;
constexpr std::size_t kSucceededMin = 100;
constexpr std::chrono::seconds kPatience{30};
constexpr char kMethod[] = "/marquee.testrpc.v1.Echo/Say";
constexpr char kStreamedMethod[] = "/marquee.testrpc.v1.Recital/Recite";

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

// ThreadSanitizer compares what gRPC, which it cannot see into, carries byte by byte: there large
// messages, and long replies, would be all that happens (MARQUEE_MODEL_LARGE=0).
bool with_large() {
  static const bool yes = setting("MARQUEE_MODEL_LARGE", 1) != 0;
  return yes;
}

Wish random_wish(Random& random, Calls calls) {
  const std::string_view wishes =
      calls == Calls::kUnary ? "nnnnnnnllllxrdcggb" : "nnnnnnnllllxrdcggbsss";
  const auto wish = static_cast<Wish>(wishes[random() % wishes.size()]);
  return wish == kLarge && !with_large() ? kNow : wish;
}

}  // namespace

bool chance(Random& random, unsigned percent) {
  return random() % 100 < percent;
}

unsigned seed() {
  const auto seed = static_cast<unsigned>(
      setting("MARQUEE_MODEL_SEED", static_cast<int>(std::random_device()() & 0xffff)));
  std::cout << "model: MARQUEE_MODEL_SEED=" << seed << std::endl;
  return seed;
}

std::string echo_of(const std::string& text) {
  std::string echo = "echo of " + text;
  if (text.front() == kLarge) echo.resize(echo.size() + kLargeBytes, '.');
  return echo;
}

std::string beginning(const std::string& text) {
  return text.substr(0, 40);
}

int replies_to(const std::string& text) {
  return static_cast<int>(text.size() * 7 % 60);
}

std::string reply_to(const std::string& text, int number) {
  // Of some so much that their readers must say that they have taken it.
  const std::size_t most = text.size() % 8 == 0 && with_large() ? 9'000 : 200;
  std::string reply = std::to_string(number) + " of " + beginning(text);
  return reply.append(static_cast<std::size_t>(number) * 977 % most, '.');
}

int refused_at(const std::string& text) {
  return text.size() % 5 == 0 ? replies_to(text) / 2 : -1;
}

std::string wire(const std::string& text) {
  testrpc::v1::Words words;
  words.set_text(text);
  return words.SerializeAsString();
}

std::string text_of(std::string_view wire) {
  testrpc::v1::Words words;
  words.ParseFromArray(wire.data(), static_cast<int>(wire.size()));
  return std::move(*words.mutable_text());
}

Client::Client(int number, const std::vector<int>& ports, unsigned seed,
               std::shared_ptr<ServiceState> service, Calls calls)
    : number_(number),
      kinds_(calls),
      random_(seed),
      client_(ports, options(seed, std::move(service))) {}

TestClient::Options Client::options(unsigned seed, std::shared_ptr<ServiceState> service) {
  TestClient::Options wanted;
  wanted.seed = seed;
  wanted.calls_max = 400;
  wanted.service = std::move(service);
  return wanted;
}

void Client::step() {
  client_.loop().run([this] {
    for (unsigned i = random_() % 8; i > 0; --i) start_one();
    if (chance(random_, 40)) cancel_one();
  });
}

bool Client::crowded() {
  std::size_t open = 0;
  client_.loop().run([&] { open = open_.size(); });
  return open >= kOutstandingMax;
}

void Client::start_one() {
  std::string text(1, random_wish(random_, kinds_));
  text += ':' + std::to_string(number_) + ':' + std::to_string(calls_.size()) + ':';
  if (chance(random_, 2) && with_large()) text.resize(kLargeBytes, '.');
  auto call = std::make_shared<TestCall>(wire(text), milliseconds(random_() % 400));
  call->method = kMethod;
  if (text.front() == kRecite) {
    call->method = kStreamedMethod;
    call->streamed = true;
    call->and_then = [this](TestCall& own, std::size_t bytes) { listen(own, bytes); };
  }
  call->retry = chance(random_, 50);
  call->then = [this](TestCall& ended) { after(ended); };
  calls_.push_back({std::move(text), call});
  open_.insert(call.get());
  client_.start_here(call);
}

// Most take what comes, some leave, and some forget to take it.
void Client::listen(TestCall& call, std::size_t bytes) {
  const unsigned mood = random_() % 100;
  if (mood < 3) {
    client_.cancel_here(call);
  } else if (mood < 95) {
    client_.taken_here(call, bytes);
  }
}

// Who is answered may start and cancel others, there and then.
void Client::after(TestCall& ended) {
  open_.erase(&ended);
  if (ended.answer().ok()) ++(ended.streamed ? recited_ : succeeded_);
  if (open_.size() < kOutstandingMax && chance(random_, 20)) start_one();
  if (chance(random_, 5)) cancel_one();
  client_.cancel_here(ended);  // too late, and without effect
}

void Client::cancel_one() {
  if (open_.empty()) return;
  auto it = open_.begin();
  std::advance(it, random_() % open_.size());
  client_.cancel_here(**it);
}

std::string Client::verdict() {
  client_.stop();
  client_.loop().run([] {});
  for (const auto& made : calls_) {
    if (auto wrong = judge(made); !wrong.empty()) return wrong + ": " + beginning(made.text);
  }
  return {};
}

std::string Client::judge(const Made& made) {
  if (made.call->answers() != 1) {
    return "answered " + std::to_string(made.call->answers()) + " times";
  }
  if (auto wrong = judge_replies(made); !wrong.empty()) return wrong;
  const Answer& answer = made.call->answer();
  const char wish = made.text.front();
  switch (answer.code) {
    case Code::kOk:
      if (wish == kRecite) return "";
      return text_of(answer.payload) == echo_of(made.text) ? "" : "somebody else's answer";
    case Code::kUnavailable:
      return "";  // replicas come and go
    case Code::kDeadlineExceeded:
      return made.call->deadline <= std::chrono::steady_clock::now() ? "" : "gave up early";
    case Code::kCancelled:
      // By itself, by the end of the test, or because its server ended.
      return "";
    case Code::kFailedPrecondition:
      if (wish != kRefuse && (wish != kRecite || refused_at(made.text) < 0)) {
        return "refused for nothing";
      }
      return answer.message == beginning(made.text) ? "" : "somebody else's refusal";
    case Code::kNotFound:
      return wish == kLarge ? "" : "not found, but never kept";
    case Code::kResourceExhausted:
      return wish == kLarge ? "" : "too large, but small";
    default:
      return "a code that nobody gave: " + std::to_string(static_cast<int>(answer.code)) + " " +
             answer.message;
  }
}

std::string Client::judge_replies(const Made& made) {
  const auto replies = made.call->replies();
  if (made.call->late_replies() != 0) return "replies after the answer";
  if (made.text.front() != kRecite) return replies.empty() ? "" : "replies that nobody asked for";
  const int refused = refused_at(made.text);
  const auto most = static_cast<std::size_t>(refused < 0 ? replies_to(made.text) : refused);
  if (replies.size() > most) return "more replies than there are";
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (text_of(replies[i]) != reply_to(made.text, static_cast<int>(i))) {
      return "reply " + std::to_string(i) + " is another one";
    }
  }
  const Code code = made.call->answer().code;
  const bool complete = code == Code::kOk || code == Code::kFailedPrecondition;
  if (complete && replies.size() != most) return "replies are missing";
  return code == Code::kOk && refused >= 0 ? "it should have been refused" : "";
}

void run_model(const std::vector<int>& ports, Random& random, Calls calls,
               const std::function<void(Clients& clients)>& disturb) {
  auto service = std::make_shared<ServiceState>();
  Clients clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(i, ports, random(), service, calls));
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
  const std::chrono::seconds time(setting("MARQUEE_MODEL_SECONDS", 3));
  const auto end = std::chrono::steady_clock::now() + time;
  // A busy machine takes longer to come to something.
  auto enough = [&] {
    std::size_t succeeded = 0;
    for (const auto& client : clients) succeeded += client->succeeded();
    return succeeded > kSucceededMin || std::chrono::steady_clock::now() > end + kPatience;
  };
  while (std::chrono::steady_clock::now() < end || !enough()) {
    disturb(clients);
    testing::pause_between_polls();
  }
  over = true;
  for (auto& driver : drivers) driver.join();

  std::size_t made = 0;
  std::size_t succeeded = 0;
  std::size_t recited = 0;
  for (auto& client : clients) {
    CHECK(client->verdict() == "");
    made += client->made();
    succeeded += client->succeeded();
    recited += client->recited();
  }
  CHECK(service->calls_in_flight == 0);
  clients.clear();
  CHECK(service->streams_open == 0);
  std::cout << "model: " << made << " calls, " << succeeded << " succeeded, " << service->retries
            << " retries, " << service->reconnects << " reconnects, " << service->ejections
            << " ejections, " << recited << " recited" << std::endl;
  CHECK((calls == Calls::kUnary || recited > 0));
  CHECK(made > 100);
  CHECK(succeeded > kSucceededMin);
}

}  // namespace marquee::rpc::model
