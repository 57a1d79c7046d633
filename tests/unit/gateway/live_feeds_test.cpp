// What a gateway hears on the bus: numbered, in order, complete; what came while it was away; and
// that it says so where something is lost.
#include "gateway/hub/live_feeds.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "gateway/hub/live_types.h"
#include "libs/bus/jetstream.h"
#include "libs/live/publisher.h"
#include "libs/testing/nats.h"
#include "libs/testing/tcp.h"
#include "marquee/movie/v1/rooms.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using testing::eventually;
using testing::Nats;
using testing::NatsCluster;
using testing::TcpGate;

// What was delivered, by name and place.
struct Inbox {
  std::mutex mutex;
  std::vector<std::string> heard;

  LiveFeeds::Deliver deliver() {
    return [this](const LiveFeeds::Events& event) {
      std::lock_guard lock(mutex);
      heard.emplace_back(event->native()->payload());
    };
  }
  std::vector<std::string> texts() {
    std::lock_guard lock(mutex);
    return heard;
  }
  // Of the messages "User <name> has ...": the names, in order; "resync" for that.
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const auto& text : texts()) found.push_back(name_in(text));
    return found;
  }
  static std::string name_in(const std::string& text) {
    if (text.find(R"("event":"resync")") != std::string::npos) return "resync";
    const auto begin = text.find("User ") + 5;
    return text.substr(begin, text.find(' ', begin) - begin);
  }
};

const LiveTypes& types() {
  static const transcode::Api api(TestGateway::descriptors());
  static const LiveTypes all(api);
  return all;
}

struct Speaker {
  explicit Speaker(const std::string& url) : bus(url, "speaker"), live(bus) {
    REQUIRE(eventually([&] { return bus.connected(); }));
  }
  void say(const std::string& topic, const std::string& name) {
    movie::v1::RoomNotice notice;
    notice.set_message("User " + name + " has joined");
    live.publish(topic, notice);
    REQUIRE(bus.flush(5'000));
  }
  bus::Bus bus;
  live::Publisher live;
};

struct Listener {
  explicit Listener(const std::string& url, LiveFeeds::Limits limits = {})
      : bus(url, "listener", {.one_thread = true}), feeds(&bus, types(), limits, inbox.deliver()) {
    // A cluster chooses its leaders first.
    REQUIRE(eventually([&] { return !feeds.position().epoch.empty(); }, std::chrono::minutes(1)));
  }
  ~Listener() { feeds.stop(); }
  void join(const std::string& topic) {
    std::atomic<bool> heard{false};
    if (feeds.join(topic, [&] { heard = true; })) return;
    REQUIRE(eventually([&] { return heard.load(); }));
  }
  LiveFeeds::Missed missed(const std::string& topic, std::uint64_t offset,
                           const std::string& epoch = {}) {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<LiveFeeds::Missed> answer;
    feeds.missed(topic, epoch.empty() ? feeds.position().epoch : epoch, offset,
                 [&](LiveFeeds::Missed found) {
                   std::lock_guard lock(mutex);
                   answer = std::move(found);
                   answered.notify_one();
                 });
    std::unique_lock lock(mutex);
    REQUIRE(answered.wait_for(lock, std::chrono::seconds(10), [&] { return answer.has_value(); }));
    return std::move(*answer);
  }
  std::vector<std::string> names_missed(const std::string& topic, std::uint64_t offset) {
    std::vector<std::string> names;
    const auto found = missed(topic, offset);
    if (!found.complete) names.emplace_back("incomplete");
    for (const auto& event : found.events) {
      names.push_back(Inbox::name_in(std::string(event->native()->payload())));
    }
    return names;
  }
  Inbox inbox;
  bus::Bus bus;
  LiveFeeds feeds;
};

using Names = std::vector<std::string>;

std::string url_through(const TcpGate& gate) {
  return "nats://127.0.0.1:" + std::to_string(gate.port());
}

int port_of(const Nats& nats) {
  return std::stoi(nats.url().substr(nats.url().rfind(':') + 1));
}

TEST_CASE("a topic that was joined is heard, in order, and no other") {
  Nats nats;
  Speaker speaker(nats.url());
  Listener listener(nats.url());
  listener.join("movie:1");
  for (const char* name : {"a", "b", "c"}) speaker.say("movie:1", name);
  speaker.say("movie:2", "x");
  speaker.say("movie:1", "d");
  CHECK(eventually([&] { return listener.inbox.names() == Names{"a", "b", "c", "d"}; }));
}

TEST_CASE(
    "what was missed is told from memory, and by a gateway that heard nothing from the stream") {
  Nats nats;
  Speaker speaker(nats.url());
  Listener one(nats.url());
  one.join("movie:1");
  for (const char* name : {"a", "b", "c"}) speaker.say("movie:1", name);
  REQUIRE(eventually([&] { return one.inbox.names().size() == 3; }));
  CHECK(one.names_missed("movie:1", 1) == Names{"b", "c"});
  CHECK(one.names_missed("movie:1", 3).empty());
  Listener two(nats.url());
  CHECK(two.names_missed("movie:1", 1) == Names{"b", "c"});
  two.join("movie:1");
  CHECK(two.names_missed("movie:1", 0) == Names{"a", "b", "c"});
  CHECK(two.names_missed("movie:1", 2) == Names{"c"});
  CHECK(two.names_missed("movie:9", 0).empty());
  CHECK_FALSE(two.missed("movie:1", 1, "another").complete);
}

TEST_CASE("who missed too much is told that") {
  Nats nats;
  Speaker speaker(nats.url());
  LiveFeeds::Limits limits;
  limits.kept_messages = 5;
  Listener listener(nats.url(), limits);
  listener.join("movie:1");
  for (int i = 0; i < 10; ++i) speaker.say("movie:1", std::to_string(i));
  REQUIRE(eventually([&] { return listener.inbox.names().size() == 10; }));
  CHECK(listener.names_missed("movie:1", 1) == Names{"incomplete"});
  CHECK(listener.names_missed("movie:1", 5) == Names{"5", "6", "7", "8", "9"});
}

TEST_CASE("what was published while the bus was away comes when it is back, each once") {
  Nats nats;
  TcpGate gate(port_of(nats));
  Speaker speaker(nats.url());
  Listener listener(url_through(gate));
  listener.join("movie:1");
  listener.join("movie:2");
  speaker.say("movie:1", "a");
  REQUIRE(eventually([&] { return listener.inbox.names() == Names{"a"}; }));
  gate.set(TcpGate::Mode::kRefuse);
  REQUIRE(eventually([&] { return !listener.bus.connected(); }));
  speaker.say("movie:1", "b");
  speaker.say("movie:1", "c");
  gate.set(TcpGate::Mode::kPass);
  CHECK(eventually([&] { return listener.inbox.names() == Names{"a", "b", "c"}; }));
  speaker.say("movie:1", "d");
  CHECK(eventually([&] { return listener.inbox.names() == Names{"a", "b", "c", "d"}; }));
}

TEST_CASE("a topic that missed too much is told to load anew, once, and goes on") {
  Nats nats;
  TcpGate gate(port_of(nats));
  Speaker speaker(nats.url());
  LiveFeeds::Limits limits;
  limits.kept_messages = 5;
  const Listener maker(nats.url());
  speaker.say("movie:1", "before");
  Listener listener(url_through(gate), limits);
  listener.join("movie:1");
  speaker.say("movie:1", "a");
  REQUIRE(eventually([&] { return listener.inbox.names() == Names{"a"}; }));
  gate.set(TcpGate::Mode::kRefuse);
  REQUIRE(eventually([&] { return !listener.bus.connected(); }));
  for (int i = 0; i < 20; ++i) speaker.say("movie:1", "lost");
  gate.set(TcpGate::Mode::kPass);
  REQUIRE(eventually([&] { return listener.inbox.names() == Names{"a", "resync"}; }));
  for (const char* name : {"b", "c"}) speaker.say("movie:1", name);
  CHECK(eventually([&] { return listener.inbox.names() == Names{"a", "resync", "b", "c"}; }));
}

TEST_CASE("where the stream itself is lost, its topics are told to load anew") {
  const bool forgets = GENERATE(true, false);
  CAPTURE(forgets);
  Nats nats;
  Speaker speaker(nats.url());
  Listener listener(nats.url());
  listener.join("movie:1");
  speaker.say("movie:1", "a");
  REQUIRE(eventually([&] { return listener.inbox.names() == Names{"a"}; }));
  const auto before = listener.feeds.position().epoch;
  nats.stop();
  // What is in files is there again: of what was published meanwhile nobody knows.
  if (forgets) nats.forget();
  nats.start();
  REQUIRE(eventually([&] { return listener.inbox.names() == Names{"a", "resync"}; }));
  CHECK(listener.feeds.position().epoch != before);
  REQUIRE(eventually([&] { return speaker.bus.connected(); }));
  speaker.say("movie:1", "b");
  CHECK(eventually([&] { return listener.inbox.names() == Names{"a", "resync", "b"}; }));
  CHECK_FALSE(listener.missed("movie:1", 0, before).complete);
}

TEST_CASE("the stream is kept small; who was away for too long is told that") {
  Nats nats;
  Speaker speaker(nats.url());
  LiveFeeds::Limits limits;
  limits.stream.bytes = 100'000;
  Listener listener(nats.url(), limits);
  listener.join("movie:1");
  const auto first = listener.feeds.position();
  const std::string name(1'000, 'n');
  for (int i = 0; i < 200; ++i) speaker.say("movie:" + std::to_string(i % 20), name);
  const bus::JetStream jetstream(speaker.bus);
  CHECK(eventually([&] { return jetstream.state("LIVE").bytes <= 100'000; },
                   std::chrono::minutes(1)));
  CHECK(jetstream.state("LIVE").last == 200);
  speaker.say("movie:1", "a");
  REQUIRE(eventually([&] {
    const auto names = listener.inbox.names();
    return names.size() == 11 && names.back() == "a";
  }));
  Listener other(nats.url(), limits);
  CHECK_FALSE(other.missed("movie:1", first.offset, first.epoch).complete);
  CHECK(other.names_missed("movie:1", 200) == Names{"a"});
}

TEST_CASE("when a cluster has chosen another leader of the stream, topics are told to load anew") {
  NatsCluster cluster;
  Speaker speaker(cluster.url());
  LiveFeeds::Limits limits;
  limits.stream.replicas = 3;
  Listener one(cluster.url(), limits);
  Listener two(cluster.url(), limits);
  const auto times = [](Listener& listener, const std::string& name) {
    const auto names = listener.inbox.names();
    return std::count(names.begin(), names.end(), name);
  };
  const auto heard = [&](Listener& listener, const std::string& name, std::ptrdiff_t before = 0) {
    return eventually([&] { return times(listener, name) > before; }, std::chrono::minutes(1));
  };
  for (auto* listener : {&one, &two}) listener->join("movie:1");
  speaker.say("movie:1", "a");
  REQUIRE(heard(one, "a"));
  REQUIRE(heard(two, "a"));
  // The first leader was news as well.
  const auto resyncs = std::pair(times(one, "resync"), times(two, "resync"));
  const auto before = one.feeds.position().epoch;
  REQUIRE(speaker.bus.publish("$JS.API.STREAM.LEADER.STEPDOWN.LIVE", ""));
  CHECK(heard(one, "resync", resyncs.first));
  CHECK(heard(two, "resync", resyncs.second));
  CHECK(eventually([&] {
    const auto after = one.feeds.position().epoch;
    return after != before && after == two.feeds.position().epoch;
  }));
  speaker.say("movie:1", "b");
  CHECK(heard(one, "b"));
  CHECK(heard(two, "b"));
  CHECK_FALSE(one.missed("movie:1", 0, before).complete);
  CHECK(one.names_missed("movie:1", 0) == Names{"a", "b"});
}

TEST_CASE("without a bus, or after the end, nobody waits") {
  Inbox inbox;
  LiveFeeds none(nullptr, types(), {}, inbox.deliver());
  CHECK(none.join("movie:1", [] {}));
  bool answered = false;
  none.missed("movie:1", "", 0, [&](LiveFeeds::Missed missed) {
    answered = true;
    CHECK_FALSE(missed.complete);
  });
  CHECK(answered);
}

}  // namespace
}  // namespace marquee::gateway
