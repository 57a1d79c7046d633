#include "tests/catch.h"
#include "tests/integration/rooms/suite.h"

namespace marquee::rooms::testing {
namespace {

v1::RoomRequest room(const std::string& name) {
  v1::RoomRequest request;
  request.set_room(name);
  return request;
}

v1::DeleteMessageRequest line(const std::string& room, std::int64_t id) {
  v1::DeleteMessageRequest request;
  request.set_room(room);
  request.set_id(id);
  return request;
}

TEST_CASE("what is said in a room is kept and heard, under the account's name") {
  Suite suite;
  Heard heard("chat:NEWS");
  auto said = suite.say(1, "NEWS", "  <b>Hello</b>\n\xF0\x9F\x8E\xAC ");
  CHECK(said.username() == "ann");
  CHECK(said.user_id() == 1);
  CHECK(said.msg() == "<b>Hello</b>\n\xF0\x9F\x8E\xAC");
  CHECK(said.room() == "NEWS");
  CHECK(said.time_stamp().size() == 14);
  CHECK(said.sent_at().seconds() > 1'700'000'000);
  auto lines = heard.wait<v1::ChatLine>(1);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].SerializeAsString() == said.SerializeAsString());
  auto kept = suite.lines("NEWS");
  REQUIRE(kept.messages_size() == 1);
  CHECK(kept.messages(0).SerializeAsString() == said.SerializeAsString());
  CHECK(suite.lines("MUSIC").messages().empty());
}

TEST_CASE("pages of a room go back from the newest line") {
  Suite suite;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 7; ++i) {
    ids.insert(ids.begin(), suite.say(1 + i % 2, "GAMES", std::to_string(i)).id());
    suite.say(1, "MUSIC", "elsewhere");
  }
  std::vector<std::int64_t> seen;
  v1::ListMessagesRequest request;
  request.set_room("GAMES");
  request.set_limit(3);
  for (int page = 0; page < 4; ++page) {
    auto reply = suite.two->chat().list_messages(anonymous(), request);
    for (const auto& line : reply.messages()) seen.push_back(line.id());
    CHECK(reply.next_cursor().empty() == (page >= 2));
    if (reply.next_cursor().empty()) break;
    request.set_cursor(reply.next_cursor());
  }
  CHECK(seen == ids);
  request.clear_cursor();
  request.set_before(ids[4]);
  auto older = suite.two->chat().list_messages(anonymous(), request);
  REQUIRE(older.messages_size() == 2);
  CHECK(older.messages(0).id() == ids[5]);
  CHECK(older.messages(0).username() == "bob");
  for (const char* wrong : {"x", "-1", "0", "99999999999999999999", "7x"}) {
    CAPTURE(wrong);
    request.set_cursor(wrong);
    CHECK(error_of([&] { suite.two->chat().list_messages(anonymous(), request); }).message() ==
          "Invalid cursor");
  }
}

TEST_CASE("what may not be said is not kept and not heard") {
  Suite suite;
  Heard heard("chat:NEWS");
  auto refused = [&](std::int64_t user, const std::string& room, const std::string& said) {
    return error_of([&] { suite.say(user, room, said); });
  };
  CHECK(refused(1, "NEWS", " \t\xC2\xA0").message() == "Missing required field: msg");
  CHECK(refused(1, "", "x").message() == "Missing required field: room");
  CHECK(refused(1, "KITCHEN", "x").code() == Code::kNotFound);
  CHECK(refused(1, "KITCHEN", "x").message() == "Unknown room");
  CHECK(refused(1, "NEWS", std::string(2'001, 'x')).message() ==
        "Ensure this field has no more than 2000 characters.");
  CHECK(refused(1, "NEWS", std::string("a\0b", 3)).code() == Code::kInvalidArgument);
  CHECK(refused(7, "NEWS", "x").code() == Code::kUnauthenticated);  // the account is gone
  v1::SendMessageRequest request;
  request.set_room("NEWS");
  request.set_msg("x");
  CHECK(error_of([&] { suite.one->chat().send_message(anonymous(), request); }).code() ==
        Code::kUnauthenticated);
  std::string longest;
  for (int i = 0; i < 2'000; ++i) longest += "\xC3\x9F";
  suite.say(1, "NEWS", longest);
  CHECK(heard.wait<v1::ChatLine>(1).size() == 1);
  CHECK(suite.lines("NEWS").messages_size() == 1);
}

TEST_CASE("a line is taken back by its author or an administrator, and nobody else") {
  Suite suite;
  Heard heard("chat:MOVIES");
  const auto ann = suite.say(1, "MOVIES", "mine").id();
  const auto bob = suite.say(2, "MOVIES", "his").id();
  auto& chat = suite.two->chat();
  auto denied = error_of([&] { chat.delete_message(as(2), line("MOVIES", ann)); });
  CHECK(denied.code() == Code::kPermissionDenied);
  CHECK(denied.message() == "Unauthorized to delete this message");
  CHECK(error_of([&] { chat.delete_message(anonymous(), line("MOVIES", ann)); }).code() ==
        Code::kUnauthenticated);
  // Under its own room only.
  CHECK(error_of([&] { chat.delete_message(as(1), line("NEWS", ann)); }).code() == Code::kNotFound);
  CHECK(suite.lines("MOVIES").messages_size() == 2);
  chat.delete_message(as(1), line("MOVIES", ann));
  chat.delete_message(as_admin(), line("MOVIES", bob));
  CHECK(suite.lines("MOVIES").messages().empty());
  CHECK(error_of([&] { chat.delete_message(as(1), line("MOVIES", ann)); }).message() ==
        "Message not found");
  auto deleted = heard.wait<v1::ChatLineDeleted>(2);
  REQUIRE(deleted.size() == 2);
  CHECK(deleted[0].id() == ann);
  CHECK(deleted[1].id() == bob);
  CHECK(deleted[1].room() == "MOVIES");
}

TEST_CASE("a room says who came and who left") {
  Suite suite;
  Heard heard("chat:NEWS");
  auto joined = suite.one->chat().join_room(as(1), room("NEWS"));
  CHECK(joined.msg() == "ann has joined the NEWS room.");
  CHECK(joined.time_stamp().size() == 14);
  heard.wait<v1::RoomNotice>(1);  // what different replicas say comes in any order
  suite.two->chat().join_room(anonymous(), room("NEWS"));
  suite.two->chat().leave_room(as(1), room("NEWS"));
  auto notices = heard.wait<v1::RoomNotice>(3);
  REQUIRE(notices.size() == 3);
  CHECK(notices[0].msg() == joined.msg());
  CHECK(notices[1].msg() == "A guest has joined the NEWS room.");
  CHECK(notices[2].msg() == "ann has left the NEWS room.");
  CHECK(error_of([&] { suite.one->chat().join_room(as(1), room("KITCHEN")); }).message() ==
        "Unknown room");
  CHECK(error_of([&] { suite.one->chat().leave_room(as(1), room("")); }).message() ==
        "Missing required field: room");
}

TEST_CASE("a room can be joined while nobody can be asked for names") {
  Suite suite;
  suite.auth.stop();
  CHECK(suite.one->chat().join_room(as(1), room("NEWS")).msg() ==
        "Somebody has joined the NEWS room.");
  CHECK(error_of([&] { suite.say(1, "NEWS", "x"); }).code() == Code::kUnavailable);
}

}  // namespace
}  // namespace marquee::rooms::testing
