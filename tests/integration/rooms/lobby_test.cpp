#include "tests/catch.h"
#include "tests/integration/rooms/suite.h"

namespace marquee::rooms::testing {
namespace {

v1::LobbyRequest lobby(const std::string& user, const std::string& id) {
  v1::LobbyRequest request;
  request.set_user_id(user);
  request.set_lobby_id(id);
  return request;
}

v1::SendToLobbyRequest words(const std::string& user, const std::string& id,
                             const std::string& message) {
  v1::SendToLobbyRequest request;
  request.set_user_id(user);
  request.set_lobby_id(id);
  request.set_message(message);
  return request;
}

TEST_CASE(
    "a lobby hears who comes, who talks and who leaves; the account is said beside the alias") {
  Suite suite;
  const std::string id = "friday night \xF0\x9F\x8D\xBF.*>";
  Heard heard("lobby:" + id);
  auto response = suite.one->lobbies().join_lobby(as(1), lobby("7", id));
  CHECK(response.status() == "joined");
  CHECK(response.user_id() == "7");
  CHECK(response.lobby_id() == id);
  CHECK(response.message() == "User 7 has joined the lobby " + id);
  // What different replicas say comes in any order.
  heard.wait<v1::LobbyAnnouncement>(1);
  suite.two->lobbies().send_to_lobby(anonymous(), words("somebody", id, " Who? "));
  suite.two->lobbies().send_to_lobby(as(2), words("ann", id, "Me"));
  CHECK(suite.two->lobbies().leave_lobby(as(1), lobby("7", id)).status() == "left");

  auto announcements = heard.wait<v1::LobbyAnnouncement>(2);
  REQUIRE(announcements.size() == 2);
  CHECK(announcements[0].message() == response.message());
  CHECK(announcements[0].username() == "ann");
  CHECK(announcements[1].message() == "User 7 has left the lobby " + id);
  auto lines = heard.wait<v1::LobbyLine>(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].message() == "Who?");
  CHECK(lines[0].user_id() == "somebody");
  CHECK_FALSE(lines[0].has_username());
  CHECK(lines[1].user_id() == "ann");
  CHECK(lines[1].username() == "bob");
}

TEST_CASE("a lobby's commands say what is missing and what is too long") {
  Suite suite;
  auto& lobbies = suite.one->lobbies();
  auto text = [](const Error& error) { return error.message(); };
  CHECK(text(error_of([&] { lobbies.join_lobby(as(1), lobby("", "x")); })) ==
        "Missing required field: user_id");
  CHECK(text(error_of([&] { lobbies.leave_lobby(as(1), lobby("7", "")); })) ==
        "Missing required field: lobby_id");
  CHECK(text(error_of([&] { lobbies.send_to_lobby(as(1), words("7", "x", "  ")); })) ==
        "Missing required field: message");
  CHECK(text(error_of([&] { lobbies.join_lobby(as(1), lobby("7", std::string(65, 'x'))); })) ==
        "lobby_id must have at most 64 bytes");
  CHECK(error_of([&] { lobbies.join_lobby(as(1), lobby("7", "a\nb")); }).code() ==
        Code::kInvalidArgument);
  CHECK(error_of([&] { lobbies.join_lobby(as(1), lobby(std::string(65, '7'), "x")); }).code() ==
        Code::kInvalidArgument);
  CHECK(error_of([&] {
          lobbies.send_to_lobby(as(1), words("7", "x", std::string(2'001, 'x')));
        }).code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::rooms::testing
