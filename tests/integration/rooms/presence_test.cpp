// Gateways that come and go, over a real bus.
#include "libs/core/ids.h"
#include "libs/presence/reporter.h"
#include "libs/testing/nats.h"
#include "tests/catch.h"
#include "tests/integration/rooms/suite.h"

namespace marquee::rooms::testing {
namespace {

using presence::Keeper;
using presence::Reporter;

struct Gateway {
  Gateway() : bus(marquee::testing::Nats::shared().url(), "gateway-test") {
    eventually([this] { return bus.connected(); });
    reporter = std::make_unique<Reporter>(bus, random_uuid());
  }
  bus::Bus bus;
  std::unique_ptr<Reporter> reporter;
};

int online(Replica& replica, const std::string& name) {
  const auto reply = replica->chat().list_rooms(anonymous(), {});
  for (const auto& room : reply.rooms()) {
    if (room.name() == name) return room.online();
  }
  return -1;
}

std::vector<std::string> members(Replica& replica, const std::string& name) {
  v1::ListMembersRequest request;
  request.set_room(name);
  std::vector<std::string> names;
  const auto reply = replica->chat().list_members(as(1), request);
  for (const auto& member : reply.members()) names.push_back(member.username());
  return names;
}

TEST_CASE("every replica knows who is in a room on all gateways") {
  Suite suite;
  Gateway here;
  Gateway there;
  CHECK(suite.one->chat().list_rooms(anonymous(), {}).rooms_size() == 4);
  here.reporter->joined("chat:NEWS", 1, 1);
  here.reporter->joined("chat:NEWS", 0, 2);
  there.reporter->joined("chat:NEWS", 1, 1);
  there.reporter->joined("chat:NEWS", 2, 2);
  there.reporter->joined("chat:NEWS", 77, 3);  // an account that is gone
  for (Replica* replica : {&suite.one, &suite.two}) {
    CHECK(eventually([&] { return online(*replica, "NEWS") == 4; }));
    CHECK(members(*replica, "NEWS") == std::vector<std::string>{"ann", "bob"});
    CHECK(online(*replica, "MUSIC") == 0);
  }
  // One that starts later asks what it has missed.
  Replica late(suite.database_url, suite.auth.target());
  CHECK(eventually([&] { return online(late, "NEWS") == 4; }));
  there.reporter.reset();
  CHECK(eventually([&] { return online(suite.one, "NEWS") == 2; }));
  CHECK(eventually([&] { return online(late, "NEWS") == 2; }));
  CHECK(eventually([&] { return online(suite.two, "NEWS") == 2; }));
  CHECK(members(suite.two, "NEWS") == std::vector<std::string>{"ann"});
}

TEST_CASE("members come in pages, to users alone") {
  Suite suite;
  Gateway here;
  for (std::int64_t user = 11; user <= 15; ++user) {
    suite.auth.add(user, "user" + std::to_string(user));
    here.reporter->joined("chat:GAMES", user, static_cast<std::uint64_t>(user));
  }
  CHECK(eventually([&] { return online(suite.one, "GAMES") == 5; }));
  v1::ListMembersRequest request;
  request.set_room("GAMES");
  request.set_limit(3);
  auto page = suite.one->chat().list_members(as(1), request);
  CHECK(page.members_size() == 3);
  CHECK(page.members(0).id() == 11);
  request.set_cursor(page.next_cursor());
  page = suite.one->chat().list_members(as(1), request);
  REQUIRE(page.members_size() == 2);
  CHECK(page.members(1).username() == "user15");
  CHECK(page.next_cursor().empty());
  request.set_room("KITCHEN");
  CHECK(error_of([&] { suite.one->chat().list_members(as(1), request); }).message() ==
        "Unknown room");
}

TEST_CASE("a keeper tells of comings and goings once") {
  Gateway here;
  Gateway there;
  std::mutex mutex;
  std::vector<presence::Change> told;
  presence::BookSettings settings;
  settings.leave_after = std::chrono::milliseconds(100);
  settings.kinds = {"test:"};
  Keeper keeper(here.bus, settings, [&](const std::vector<presence::Change>& changes) {
    std::lock_guard lock(mutex);
    told.insert(told.end(), changes.begin(), changes.end());
  });
  auto heard = [&](std::size_t count) {
    return eventually([&] {
      std::lock_guard lock(mutex);
      return told.size() == count;
    });
  };
  here.reporter->joined("test:room", 5, 1);
  there.reporter->joined("test:room", 5, 1);
  CHECK(heard(1));
  CHECK(eventually([&] { return keeper.present("test:room", 5); }));
  here.reporter->left("test:room", 5, 1);
  there.reporter->left("test:room", 5, 1);
  CHECK(heard(2));
  CHECK(told == std::vector<presence::Change>{{"test:room", 5, true}, {"test:room", 5, false}});
  CHECK_FALSE(keeper.present("test:room", 5));
}

}  // namespace
}  // namespace marquee::rooms::testing
