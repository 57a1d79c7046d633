// Faults of live events: sockets that never read, a gateway and a bus that are killed under
// traffic.
#include <csignal>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "libs/live/publisher.h"
#include "libs/testing/listeners.h"
#include "libs/testing/web_socket.h"
#include "marquee/movie/v1/rooms.pb.h"
#include "tests/catch.h"
#include "tests/e2e/answers.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;
using marquee::testing::eventually;
using marquee::testing::Listeners;
using marquee::testing::ListenersOptions;
using marquee::testing::MarqueeSocket;

namespace {

constexpr int kListeners = 990;
constexpr int kDeaf = 10;

std::string bus_url() {
  std::ifstream file(Suite::shared().data() + "/secrets/nats.url");
  std::string url;
  std::getline(file, url);
  return url;
}

// Says something to a room, again and again, numbered, until it ends.
class Speaker {
 public:
  Speaker(std::string room, milliseconds pause, std::size_t padding)
      : bus_(bus_url(), "speaker"), live_(bus_), room_(std::move(room)), padding_(padding, 'x') {
    REQUIRE(eventually([&] { return bus_.connected(); }));
    thread_ = std::thread([this, pause] {
      for (auto next = Clock::now(); !ending_; next += pause) {
        std::this_thread::sleep_until(next);
        say();
      }
    });
  }
  ~Speaker() { stop(); }
  // The last number that was said.
  int stop() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
    bus_.flush(5'000);
    return number_;
  }
  int number() const { return number_; }

 private:
  void say() {
    marquee::movie::v1::RoomNotice notice;
    notice.set_room_id(std::to_string(number_ + 1));
    notice.set_message(marquee::testing::sent_at_now() + padding_);
    live_.publish("movie:" + room_, notice);
    ++number_;
  }

  marquee::bus::Bus bus_;
  marquee::live::Publisher live_;
  const std::string room_;
  const std::string padding_;
  std::atomic<int> number_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

json room(const std::string& id) {
  return {{"user_id", "1"}, {"room_id", id}};
}

// A client that comes back by itself and keeps what it heard.
struct Follower {
  std::string id;
  std::unique_ptr<MarqueeSocket> socket;
  json resume = nullptr;
  std::set<int> heard;
  int resyncs = 0;

  bool open(int port) {
    try {
      socket = std::make_unique<MarqueeSocket>(port);
      const json answer = socket->command("join_notification", room(id), resume);
      resume = {{"epoch", socket->greeting()["epoch"]},
                {"offset", resume.is_null() ? socket->greeting()["offset"] : resume["offset"]}};
      return answer.contains("data");
    } catch (const std::exception&) {
      return false;
    }
  }

  // Until it has heard `number`, or the socket ends, or patience.
  void follow(int number, milliseconds patience) {
    const auto until = Clock::now() + patience;
    while (!heard.contains(number) && Clock::now() < until) {
      const json frame = socket->any(milliseconds(200));
      if (frame.is_null()) {
        if (socket->wire().closed(milliseconds(0)) != 0 || socket->wire().broken()) return;
        continue;
      }
      if (frame["event"] == "resync") {
        ++resyncs;
        resume["epoch"] = frame["data"]["epoch"];
        resume["offset"] = 0;
      }
      if (frame["event"] != "message") continue;
      if (!frame["data"]["message"].get<std::string>().starts_with("sent_at")) continue;
      heard.insert(std::stoi(frame["data"]["room_id"].get<std::string>()));
      resume["offset"] = frame["offset"];
    }
  }
};

}  // namespace

TEST_CASE("Sockets that never read are cut off, and those that read notice nothing") {
  if (without_control()) return;
  Stack stack(1);
  ListenersOptions options;
  options.port = stack.gateway().port();
  options.opening = marquee::testing::native_opening("deaf");
  options.count = kListeners;
  Listeners listeners(options);
  Speaker speaker("deaf", milliseconds(50), 1'000);
  let_run(seconds(1));
  listeners.take();
  let_run(lasting(seconds(4), seconds(20)));
  auto before = listeners.take();

  options.count = options.deaf = kDeaf;
  options.receive_bytes = 4'096;
  Listeners deaf(options);
  listeners.take();
  CHECK(eventually(
      [&] { return metric(stack.gateway(), "marquee_sockets_slow_total") == double(kDeaf); },
      seconds(40)));
  auto meanwhile = listeners.take();
  std::cout << "before: " << before.messages << " heard, p50 " << before.percentile_ms(0.5)
            << " ms, p99 " << before.percentile_ms(0.99) << " ms; with " << kDeaf
            << " that never read: " << meanwhile.messages << ", p50 "
            << meanwhile.percentile_ms(0.5) << " ms, p99 " << meanwhile.percentile_ms(0.99)
            << " ms\n";
  CHECK(listeners.open() == kListeners);
  if (full()) {
    CHECK(meanwhile.percentile_ms(0.99) <=
          std::max(1.2 * before.percentile_ms(0.99), before.percentile_ms(0.99) + 5));
  }
  const int last = speaker.stop();
  CHECK(last > 0);
}

TEST_CASE("A gateway that is killed costs its sockets nothing but a new connection") {
  if (without_control()) return;
  Stack stack(1, {}, {}, 2);
  std::vector<Follower> followers(20);
  for (auto& follower : followers) {
    follower.id = "killed";
    REQUIRE(follower.open(stack.gateway(0).port()));
  }
  Speaker speaker("killed", milliseconds(5), 10);
  const int first = 100;
  for (auto& follower : followers) follower.follow(first, seconds(20));
  stack.gateway(0).signal(SIGKILL);
  for (auto& follower : followers) {
    follower.follow(1'000'000, seconds(1));
    REQUIRE(eventually([&] { return follower.open(stack.gateway(1).port()); }));
  }
  const int last = speaker.stop();
  for (auto& follower : followers) {
    follower.follow(last, seconds(20));
    CHECK(follower.heard.size() == static_cast<std::size_t>(last));
    CHECK(*follower.heard.rbegin() == last);
    CHECK(follower.resyncs == 0);
  }
}

TEST_CASE("A bus that is killed leaves no silent hole") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  Stack stack(1);
  std::vector<Follower> followers(10);
  for (auto& follower : followers) {
    follower.id = "bus";
    REQUIRE(follower.open(stack.gateway().port()));
  }
  Speaker speaker("bus", milliseconds(10), 10);
  for (auto& follower : followers) follower.follow(50, seconds(20));
  REQUIRE(kill(suite.pids()["nats"], SIGKILL) == 0);
  REQUIRE(eventually([&] { return suite.up() == 0; }, seconds(60)));
  const int back = speaker.number() + 200;
  for (auto& follower : followers) {
    follower.follow(back, seconds(30));
    CHECK(follower.heard.contains(back));
    // What was published while the bus was away is heard by nobody: that is said.
    CHECK(follower.resyncs >= 1);
  }
}
