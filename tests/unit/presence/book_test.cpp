// What a book knows of several gateways, in virtual time.
#include "libs/presence/book.h"

#include "tests/catch.h"

namespace marquee::presence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using Changes = std::vector<Change>;
using Names = std::vector<std::string>;

// A book, two gateways, and a bus between them that loses what a test says.
struct World {
  Time now = Time() + std::chrono::hours(1);
  Roster one{"one"};
  Roster two{"two"};
  PresenceBook book;

  explicit World(BookSettings settings = {}) : book(std::move(settings)) {}

  void deliver(Roster& roster, bool lost = false) {
    for (const auto& report : roster.due(now)) {
      if (!lost) book.apply(report, now);
    }
  }
  void answer() {
    for (const auto& name : book.take_questions()) (name == "one" ? one : two).asked(now);
  }
  // In steps, as a bus without faults does.
  void pass(milliseconds time) {
    for (const Time end = now + time; now < end; now += milliseconds(50)) {
      deliver(one);
      deliver(two);
      book.pass(now);
      answer();
    }
  }
};

TEST_CASE("a user of two gateways comes once and goes once, after a moment") {
  World world;
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.pass(seconds(1));
  CHECK(world.book.take_changes() == Changes{{"chat:NEWS", 7, true}});
  world.two.joined("chat:NEWS", 7, 1, world.now);
  world.two.joined("chat:NEWS", 0, 2, world.now);
  world.pass(seconds(1));
  CHECK(world.book.take_changes().empty());
  CHECK(world.book.online("chat:NEWS") == 2);
  CHECK(world.book.present("chat:NEWS", 7));
  world.one.left("chat:NEWS", 7, 1, world.now);
  world.pass(seconds(4));
  CHECK(world.book.take_changes().empty());
  world.two.left("chat:NEWS", 7, 1, world.now);
  world.pass(milliseconds(1'900));
  CHECK(world.book.take_changes().empty());
  CHECK(world.book.present("chat:NEWS", 7));
  world.pass(milliseconds(400));
  CHECK(world.book.take_changes() == Changes{{"chat:NEWS", 7, false}});
  CHECK(world.book.online("chat:NEWS") == 1);
}

TEST_CASE("who comes back in time has not left, on whatever gateway") {
  World world;
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.pass(seconds(1));
  world.book.take_changes();
  for (int again = 0; again < 3; ++again) {
    world.one.left("chat:NEWS", 7, 1, world.now);
    world.pass(seconds(1));
    world.two.joined("chat:NEWS", 7, 9, world.now);
    world.pass(seconds(3));
    world.two.left("chat:NEWS", 7, 9, world.now);
    world.pass(seconds(1));
    world.one.joined("chat:NEWS", 7, 1, world.now);
    world.pass(seconds(3));
  }
  CHECK(world.book.take_changes().empty());
}

TEST_CASE("what a gateway that died has is gone when its lease lapses, no sooner") {
  World world;
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.one.joined("chat:NEWS", 0, 2, world.now);
  world.two.joined("chat:NEWS", 8, 1, world.now);
  world.pass(seconds(1));
  world.book.take_changes();
  const Time died = world.now;
  while (world.book.take_changes().empty()) {
    REQUIRE(world.now < died + seconds(60));
    world.now += milliseconds(100);
    world.deliver(world.two);
    world.book.pass(world.now);
  }
  CHECK(world.now - died > seconds(9));
  CHECK(world.now - died <= seconds(15));
  CHECK(world.book.online("chat:NEWS") == 1);
  CHECK(world.book.members("chat:NEWS", 0, 10).users == std::vector<std::int64_t>{8});
}

TEST_CASE("a gateway that ends says so, and its users have a moment to be elsewhere") {
  World world;
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.one.joined("chat:NEWS", 8, 2, world.now);
  world.one.joined("chat:NEWS", 0, 3, world.now);
  world.pass(seconds(1));
  world.book.take_changes();
  world.book.apply(world.one.farewell(), world.now);
  CHECK(world.book.online("chat:NEWS") == 2);  // the guest is nobody to wait for
  world.two.joined("chat:NEWS", 7, 1, world.now);
  for (int i = 0; i < 60; ++i) {
    world.now += milliseconds(50);
    world.deliver(world.two);
    world.book.pass(world.now);
  }
  CHECK(world.book.take_changes() == Changes{{"chat:NEWS", 8, false}});
}

TEST_CASE("a lost diff is noticed by the next report and mended by a snapshot") {
  World world;
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.pass(seconds(1));
  world.one.left("chat:NEWS", 7, 1, world.now);
  world.one.joined("chat:NEWS", 8, 2, world.now);
  world.now += milliseconds(100);
  world.deliver(world.one, true);
  CHECK_FALSE(world.book.present("chat:NEWS", 8));
  world.pass(seconds(9));  // a heartbeat, the question, the snapshot, the leaver's time
  CHECK(world.book.members("chat:NEWS", 0, 10).users == std::vector<std::int64_t>{8});
}

TEST_CASE("a book that begins asks each gateway, no more than once a second") {
  World world;
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.now += milliseconds(100);
  world.deliver(world.one, true);
  world.now += milliseconds(100);
  world.one.joined("chat:NEWS", 8, 2, world.now);
  world.now += milliseconds(100);
  world.deliver(world.one);
  CHECK(world.book.take_questions() == Names{"one"});
  world.one.joined("chat:NEWS", 9, 3, world.now);
  world.now += milliseconds(100);
  world.deliver(world.one);
  CHECK(world.book.take_questions().empty());
  world.one.left("chat:NEWS", 9, 3, world.now);
  world.now += seconds(1);
  world.deliver(world.one);
  CHECK(world.book.take_questions() == Names{"one"});
  world.one.asked(world.now);
  world.deliver(world.one);
  CHECK(world.book.online("chat:NEWS") == 2);
}

TEST_CASE("half a snapshot changes nothing, and is asked for again") {
  RosterSettings small;
  small.report_bytes_max = 100;
  Roster roster("one", small);
  PresenceBook book;
  Time now = Time() + std::chrono::hours(1);
  for (std::int64_t user = 1; user <= 40; ++user) roster.joined("chat:NEWS", user, 0, now);
  now += milliseconds(100);
  roster.due(now);  // lost
  roster.asked(now);
  auto parts = roster.due(now);
  REQUIRE(parts.size() > 2);
  parts.erase(parts.begin() + 1);
  for (const auto& part : parts) book.apply(part, now);
  CHECK(book.online("chat:NEWS") == 0);
  CHECK(book.take_questions().size() == 1);
  now += seconds(5);
  roster.asked(now);
  for (const auto& part : roster.due(now)) book.apply(part, now);
  CHECK(book.online("chat:NEWS") == 40);
  CHECK(book.take_questions().empty());
}

TEST_CASE("only the kinds of topics that are wanted are kept") {
  BookSettings settings;
  settings.kinds = {"chat:"};
  World world(settings);
  world.one.joined("chat:NEWS", 7, 1, world.now);
  world.one.joined("user:7", 7, 1, world.now);
  world.pass(seconds(1));
  CHECK(world.book.online("chat:NEWS") == 1);
  CHECK(world.book.online("user:7") == 0);
}

TEST_CASE("members come in pages by id") {
  World world;
  for (std::int64_t user = 1; user <= 5; ++user) {
    world.one.joined("chat:NEWS", 6 - user, static_cast<std::uint64_t>(user), world.now);
  }
  world.pass(seconds(1));
  auto first = world.book.members("chat:NEWS", 0, 3);
  CHECK(first.users == std::vector<std::int64_t>{1, 2, 3});
  CHECK(first.more);
  auto second = world.book.members("chat:NEWS", 3, 3);
  CHECK(second.users == std::vector<std::int64_t>{4, 5});
  CHECK_FALSE(second.more);
  CHECK(world.book.members("chat:none", 0, 3).users.empty());
}

}  // namespace
}  // namespace marquee::presence
