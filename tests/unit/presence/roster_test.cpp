// What a gateway says of its sockets, and when.
#include "libs/presence/roster.h"

#include <set>

#include "tests/catch.h"

namespace marquee::presence {
namespace {

using std::chrono::milliseconds;

const Time kStart = Time() + std::chrono::hours(1);

std::set<std::int64_t> users_in(const google::protobuf::RepeatedPtrField<api::PresenceMembers>& in,
                                const std::string& topic) {
  std::set<std::int64_t> users;
  for (const auto& members : in) {
    if (members.topic() == topic) users.insert(members.users().begin(), members.users().end());
  }
  return users;
}

TEST_CASE("a heartbeat comes at once, and after each silence") {
  Roster roster("g1");
  auto reports = roster.due(kStart);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].instance() == "g1");
  CHECK(reports[0].version() == 0);
  CHECK_FALSE(reports[0].has_diff());
  CHECK(roster.next() == kStart + milliseconds(5'000));
  CHECK(roster.due(kStart + milliseconds(4'999)).empty());
  CHECK(roster.due(kStart + milliseconds(5'000)).size() == 1);
}

TEST_CASE("changes are gathered into one diff, and what came to nothing is not told") {
  Roster roster("g1");
  roster.due(kStart);
  roster.joined("chat:NEWS", 7, 1, kStart);
  roster.joined("chat:NEWS", 8, 2, kStart + milliseconds(50));
  roster.joined("chat:NEWS", 9, 3, kStart + milliseconds(60));
  roster.left("chat:NEWS", 9, 3, kStart + milliseconds(70));
  roster.joined("chat:NEWS", 0, 4, kStart + milliseconds(80));
  CHECK(roster.due(kStart + milliseconds(99)).empty());
  auto reports = roster.due(kStart + milliseconds(100));
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].version() == 1);
  REQUIRE(reports[0].diff().joined_size() == 1);
  CHECK(users_in(reports[0].diff().joined(), "chat:NEWS") == std::set<std::int64_t>{7, 8});
  CHECK(reports[0].diff().joined(0).guests_size() == 1);
  CHECK(reports[0].diff().joined(0).guests(0) == 4);
  CHECK(reports[0].diff().left().empty());
}

TEST_CASE("a user's second socket is not told, and the first one's end neither") {
  Roster roster("g1");
  roster.joined("chat:NEWS", 7, 1, kStart);
  CHECK(roster.due(kStart + milliseconds(100)).size() == 1);
  roster.joined("chat:NEWS", 7, 2, kStart + milliseconds(200));
  roster.left("chat:NEWS", 7, 1, kStart + milliseconds(250));
  CHECK(roster.due(kStart + milliseconds(400)).empty());
  roster.left("chat:NEWS", 7, 2, kStart + milliseconds(500));
  auto reports = roster.due(kStart + milliseconds(600));
  REQUIRE(reports.size() == 1);
  CHECK(users_in(reports[0].diff().left(), "chat:NEWS") == std::set<std::int64_t>{7});
  // Nobody knows of this one.
  roster.left("chat:NEWS", 7, 2, kStart + milliseconds(700));
  roster.left("chat:none", 0, 5, kStart + milliseconds(700));
  CHECK(roster.due(kStart + milliseconds(900)).empty());
}

TEST_CASE("a snapshot is of a version that was told, and many questions have one answer") {
  Roster roster("g1");
  roster.joined("chat:NEWS", 7, 1, kStart);
  roster.asked(kStart + milliseconds(10));
  roster.asked(kStart + milliseconds(10));
  auto reports = roster.due(kStart + milliseconds(10));
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].has_diff());
  CHECK(reports[0].version() == 1);
  CHECK(reports[1].version() == 1);
  CHECK(reports[1].snapshot().parts() == 1);
  CHECK(users_in(reports[1].snapshot().topics(), "chat:NEWS") == std::set<std::int64_t>{7});
  // The next one only after a moment.
  roster.asked(kStart + milliseconds(20));
  CHECK(roster.due(kStart + milliseconds(20)).empty());
  CHECK(roster.due(kStart + milliseconds(110)).size() == 1);
}

TEST_CASE("reports stay below their size, whatever there is to tell") {
  RosterSettings settings;
  settings.report_bytes_max = 2'000;
  Roster roster("g1", settings);
  for (std::int64_t user = 1; user <= 3'000; ++user) {
    const auto topic = "chat:" + std::to_string(user % 7);
    roster.joined(topic, (std::int64_t{1} << 60) + user, 0, kStart);
    roster.joined(topic, 0, static_cast<std::uint64_t>(user), kStart);
  }
  roster.asked(kStart + milliseconds(100));
  auto reports = roster.due(kStart + milliseconds(100));
  std::size_t diffs = 0;
  std::size_t parts = 0;
  std::size_t told = 0;
  std::size_t in_snapshot = 0;
  for (const auto& report : reports) {
    CHECK(report.ByteSizeLong() < 2'200);
    if (report.has_diff()) CHECK(report.version() == ++diffs);
    for (const auto& in : report.diff().joined()) {
      told += static_cast<std::size_t>(in.users_size() + in.guests_size());
    }
    if (!report.has_snapshot()) continue;
    CHECK(report.version() == diffs);
    CHECK(report.snapshot().part() == parts++);
    CHECK(report.snapshot().parts() == reports.size() - diffs);
    for (const auto& in : report.snapshot().topics()) {
      in_snapshot += static_cast<std::size_t>(in.users_size() + in.guests_size());
    }
  }
  CHECK(diffs > 10);
  CHECK(told == 6'000);
  CHECK(in_snapshot == 6'000);
}

TEST_CASE("a topic with a name that no topic has is not told of") {
  Roster roster("g1");
  roster.joined("", 7, 1, kStart);
  roster.joined("chat:" + std::string(200, 'x'), 7, 1, kStart);
  auto reports = roster.due(kStart + milliseconds(200));
  REQUIRE(reports.size() == 1);
  CHECK_FALSE(reports[0].has_diff());
}

}  // namespace
}  // namespace marquee::presence
