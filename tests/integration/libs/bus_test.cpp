#include "libs/bus/bus.h"

#include <mutex>

#include "libs/bus/jetstream.h"
#include "libs/testing/nats.h"
#include "tests/catch.h"

namespace marquee::bus {
namespace {

using testing::eventually;
using testing::Nats;

struct Inbox {
  std::mutex mutex;
  std::vector<std::string> messages;
  std::size_t size() {
    std::lock_guard lock(mutex);
    return messages.size();
  }
  std::function<void(std::string_view)> handler() {
    return [this](std::string_view payload) {
      std::lock_guard lock(mutex);
      messages.emplace_back(payload);
    };
  }
};

TEST_CASE("subscribers get what is published, in order, bytes and all") {
  Bus one(Nats::shared().url(), "one");
  Bus two(Nats::shared().url(), "two");
  REQUIRE(eventually([&] { return one.connected() && two.connected(); }));
  Inbox inbox;
  Subscription subscription = one.subscribe("test.order", inbox.handler());
  REQUIRE(one.flush(2000));
  for (int i = 0; i < 100; ++i)
    REQUIRE(two.publish("test.order", std::string("\0m", 2) + std::to_string(i)));
  REQUIRE(eventually([&] { return inbox.size() == 100; }));
  CHECK(inbox.messages[42] == std::string("\0m", 2) + "42");
}

TEST_CASE("without echo a bus hears all but itself") {
  Bus quiet(Nats::shared().url(), "quiet", {.echo = false});
  Bus other(Nats::shared().url(), "other");
  REQUIRE(eventually([&] { return quiet.connected() && other.connected(); }));
  Inbox inbox;
  Subscription subscription = quiet.subscribe("test.echo", inbox.handler());
  REQUIRE(quiet.flush(2000));
  quiet.publish("test.echo", "own");
  REQUIRE(quiet.flush(2000));
  other.publish("test.echo", "another's");
  REQUIRE(eventually([&] { return inbox.size() == 1; }));
  CHECK(inbox.messages[0] == "another's");
}

TEST_CASE("no callback comes after a subscription has ended") {
  Bus bus(Nats::shared().url(), "one");
  REQUIRE(eventually([&] { return bus.connected(); }));
  Inbox inbox;
  { Subscription subscription = bus.subscribe("test.end", inbox.handler()); }
  bus.publish("test.end", "late");
  Inbox other;
  Subscription marker = bus.subscribe("test.marker", other.handler());
  bus.publish("test.marker", "x");
  REQUIRE(eventually([&] { return other.size() == 1; }));
  CHECK(inbox.size() == 0);
}

TEST_CASE("the bus may be down at the start and come and go") {
  Nats own;
  own.stop();
  Bus bus(own.url(), "patient");
  CHECK_FALSE(bus.connected());
  std::atomic<int> reconnects{0};
  bus.on_reconnect([&] { ++reconnects; });
  Inbox inbox;
  Subscription subscription = bus.subscribe("test.down", inbox.handler());
  own.start();
  REQUIRE(eventually([&] { return bus.connected(); }, std::chrono::seconds(20)));
  REQUIRE(eventually([&] { return reconnects >= 1; }));
  bus.publish("test.down", "1");
  REQUIRE(eventually([&] { return inbox.size() == 1; }));
  own.stop();
  REQUIRE(eventually([&] { return !bus.connected(); }, std::chrono::seconds(20)));
  own.start();
  REQUIRE(eventually([&] { return bus.connected(); }, std::chrono::seconds(20)));
  REQUIRE(eventually([&] { return reconnects >= 2; }));
  bus.publish("test.down", "2");
  REQUIRE(eventually([&] { return inbox.size() == 2; }));
}

TEST_CASE("a stream in memory that shall be in files is made anew, and stays") {
  Bus bus(Nats::shared().url(), "mover");
  REQUIRE(eventually([&] { return bus.connected(); }));
  JetStream jetstream(bus);
  StreamConfig config;
  config.name = "MOVED";
  config.subject = "moved.>";
  config.in_memory = true;
  jetstream.ensure_stream(config);
  REQUIRE(jetstream.publish({{"moved.a", "1", "x"}}, std::chrono::seconds(5)));
  const auto before = jetstream.state("MOVED");
  CHECK(before.last == 1);
  config.in_memory = false;
  jetstream.ensure_stream(config);
  const auto moved = jetstream.state("MOVED");
  CHECK(moved.identity != before.identity);
  CHECK(moved.last == 0);
  REQUIRE(jetstream.publish({{"moved.a", "1", "x"}}, std::chrono::seconds(5)));
  jetstream.ensure_stream(config);
  CHECK(jetstream.state("MOVED").identity == moved.identity);
  CHECK(jetstream.state("MOVED").last == 1);
}

TEST_CASE("an empty url is refused") {
  CHECK_THROWS(Bus("", "x"));
}

}  // namespace
}  // namespace marquee::bus
