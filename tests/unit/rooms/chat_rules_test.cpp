#include "services/room-sync/chat_rules.h"

#include "libs/core/error.h"
#include "tests/catch.h"

namespace marquee::rooms {
namespace {

std::string complaint(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message();
  }
  return "none";
}

TEST_CASE("there are four rooms") {
  for (auto room : kChatRooms) CHECK(complaint([&] { check_room(room); }) == "none");
  for (const char* room : {"news", "NEWS ", "KITCHEN", "NEW"}) {
    CHECK(complaint([&] { check_room(room); }) == "Unknown room");
  }
  CHECK(complaint([&] { check_room(""); }) == "Missing required field: room");
  CHECK(chat_topic("NEWS") == "chat:NEWS");
}

TEST_CASE("a time is written as the old chat page shows it") {
  auto at = [](std::int64_t seconds) {
    return time_stamp(WallTime(std::chrono::seconds(seconds)));
  };
  CHECK(at(0) == "Jan-01 12:00AM");
  CHECK(at(1'699'891'500) == "Nov-13 04:05PM");
  CHECK(at(1'709'207'999) == "Feb-29 11:59AM");
  CHECK(at(1'709'208'000) == "Feb-29 12:00PM");
}

TEST_CASE("what is said has 1 to 2,000 characters") {
  CHECK(check_said("msg", "\xE2\x80\x8B hi \t") == "hi");
  std::string longest;
  for (int i = 0; i < 2'000; ++i) longest += "\xF0\x9F\x8E\xAC";
  CHECK(check_said("msg", longest) == longest);
  CHECK(complaint([&] { check_said("msg", longest + "x"); }) ==
        "Ensure this field has no more than 2000 characters.");
  CHECK(complaint([&] { check_said("message", "\n"); }) == "Missing required field: message");
}

TEST_CASE("a lobby has a name of up to 64 bytes") {
  CHECK(lobby_topic("a.*> b") == "lobby:a.*> b");
  CHECK(lobby_topic(std::string(64, 'x')).size() == 70);
  CHECK(complaint([&] { lobby_topic(std::string(65, 'x')); }) ==
        "lobby_id must have at most 64 bytes");
  CHECK(complaint([&] { lobby_topic("a\x7F"); }) == "lobby_id must not have control characters");
  CHECK(complaint([&] { lobby_topic(""); }) == "Missing required field: lobby_id");
}

TEST_CASE("limits and cursors") {
  CHECK(check_limit(0, 50, 100) == 50);
  CHECK(check_limit(7, 50, 100) == 7);
  CHECK(check_limit(101, 50, 100) == 100);
  CHECK(complaint([&] { check_limit(-1, 50, 100); }) == "limit must not be negative");
  CHECK(id_of_cursor("") == 0);
  CHECK(id_of_cursor("9223372036854775807") == 9'223'372'036'854'775'807);
  for (const char* wrong : {"0", "-1", "x", "1x", " 1", "9223372036854775808"}) {
    CHECK(complaint([&] { id_of_cursor(wrong); }) == "Invalid cursor");
  }
}

}  // namespace
}  // namespace marquee::rooms
