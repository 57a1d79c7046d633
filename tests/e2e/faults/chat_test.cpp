// Fault 14: the services that keep the chat are killed one after the other while people talk.
#include <csignal>
#include <iostream>
#include <map>
#include <set>
#include <thread>

#include "libs/testing/web_socket.h"
#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;
using marquee::testing::eventually;
using marquee::testing::MarqueeSocket;

namespace {

constexpr int kSpeakers = 4;
constexpr int kSaidBetweenKills = 40;
const std::string kRoom = "GAMES";

// What was acknowledged, by id.
class Minutes {
 public:
  void add(std::int64_t id) {
    std::lock_guard lock(mutex_);
    CHECK(acknowledged_.insert(id).second);
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }
  std::set<std::int64_t> ids() const {
    std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::int64_t> acknowledged_;
};

// Hears the room on a thread of its own, so that it is never behind.
class Listener {
 public:
  Listener(int port, const Person& person) : socket_(port, person.token) {
    REQUIRE(socket_.command("join", {{"room", kRoom}}).contains("data"));
    thread_ = std::thread([this] {
      while (!ending_) {
        const json frame = socket_.any(std::chrono::milliseconds(100));
        std::lock_guard lock(mutex_);
        if (frame.is_null()) continue;
        if (frame["event"] == "resync") ++resyncs_;
        if (frame["event"] == "message" && frame["data"].contains("id")) {
          ++heard_[frame["data"]["id"]];
        }
      }
    });
  }
  ~Listener() {
    ending_ = true;
    thread_.join();
  }
  int times(std::int64_t id) const {
    std::lock_guard lock(mutex_);
    auto found = heard_.find(id);
    return found == heard_.end() ? 0 : found->second;
  }
  int resyncs() const {
    std::lock_guard lock(mutex_);
    return resyncs_;
  }

 private:
  MarqueeSocket socket_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, int> heard_;
  int resyncs_ = 0;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

void talk(const Person& person, int port, Minutes& minutes, const std::atomic<bool>& ending) {
  MarqueeSocket socket(port, person.token);
  while (!ending && !socket.command("join", {{"room", kRoom}}).contains("data")) continue;
  while (!ending) {
    const json answer = socket.command("message", {{"msg", "Well?"}, {"room", kRoom}});
    if (answer.contains("data")) minutes.add(answer["data"]["id"]);
  }
}

// How often each message is in the history, of those from `from` on.
std::map<std::int64_t, int> history(std::int64_t from) {
  std::map<std::int64_t, int> found;
  std::string before;
  for (;;) {
    const json page =
        anybody().get("/api/chat/rooms/" + kRoom + "/messages?limit=100" + before).json();
    for (const auto& line : page) {
      if (line["id"] >= from) ++found[line["id"]];
    }
    if (page.empty() || page.back()["id"] < from) return found;
    before = "&before=" + page.back()["id"].dump();
  }
}

void kill_and_restart(const char* victim, const Minutes& minutes) {
  const Suite& suite = Suite::shared();
  const std::size_t so_far = minutes.size();
  CHECK(eventually([&] { return minutes.size() >= so_far + kSaidBetweenKills; }, seconds(60)));
  const auto pids = suite.pids();
  REQUIRE(pids.count(victim) == 1);
  kill(pids.at(victim), SIGKILL);
  const std::size_t then = minutes.size();
  std::string said;
  CAPTURE(victim, said);
  CHECK(eventually([&] { return suite.up(&said) == 0; }, seconds(60)));
  CHECK(eventually([&] { return minutes.size() >= then + kSaidBetweenKills; }, seconds(60)));
  std::cout << victim << " killed at " << then << " messages, back at " << minutes.size() << "\n";
}

}  // namespace

TEST_CASE("What is said in a chat room is kept and heard once, whatever is killed meanwhile") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  SideGateway other(suite);
  Listener listener(other.port(), new_person());

  Minutes minutes;
  std::atomic<bool> ending{false};
  std::vector<Person> people;
  for (int i = 0; i < kSpeakers; ++i) people.push_back(new_person());
  std::vector<std::thread> speakers;
  for (const Person& person : people) {
    speakers.emplace_back([&] { talk(person, suite.port(), minutes, ending); });
  }
  for (const char* victim : {"room-sync-service-1", "room-sync-service-2", "room-sync-service-1"}) {
    kill_and_restart(victim, minutes);
  }
  const std::set<std::int64_t> before_the_bus = minutes.ids();
  CHECK(eventually([&] { return listener.times(*before_the_bus.rbegin()) > 0; }));
  CHECK(listener.resyncs() == 0);
  kill_and_restart("nats", minutes);
  ending = true;
  for (auto& speaker : speakers) speaker.join();
  // What it had not handed on went with it, and sockets are told so.
  CHECK(eventually([&] { return listener.resyncs() > 0; }));

  const auto kept = history(*minutes.ids().begin());
  for (const auto& [id, times] : kept) {
    CAPTURE(id);
    CHECK(times == 1);
    CHECK(listener.times(id) <= 1);
  }
  std::size_t unheard = 0;
  for (const std::int64_t id : minutes.ids()) {
    CAPTURE(id);
    CHECK(kept.count(id) == 1);
    if (before_the_bus.count(id) == 1 && listener.times(id) == 0) ++unheard;
  }
  CHECK(unheard == 0);
  std::cout << minutes.size() << " messages acknowledged, " << kept.size() << " kept\n";
}
