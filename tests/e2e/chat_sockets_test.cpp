// Chat rooms and lobbies by sockets: MovieSphere's `join`, `leave`, `message`, and the lobbies of
// the movie-review platform.
#include <set>

#include "libs/testing/web_socket.h"
#include "tests/catch.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee;
using namespace marquee::e2e;
using testing::MarqueeSocket;

namespace {

MarqueeSocket socket_of(const Person& person) {
  return MarqueeSocket(Suite::shared().port(), person.token);
}

MarqueeSocket socket_of_nobody() {
  return MarqueeSocket(Suite::shared().port());
}

std::string message_of(const json& frame) {
  return frame.is_null() ? "nothing came" : frame["data"].value("msg", "no msg");
}

std::string error_of(const json& answer) {
  return answer.contains("error") ? answer["error"].value("message", "") : "none";
}

}  // namespace

TEST_CASE("a chat room hears who comes, who talks and who leaves") {
  Person ann = new_person();
  Person bob = new_person();
  MarqueeSocket one = socket_of(ann);
  MarqueeSocket two = socket_of(bob);
  MarqueeSocket guest = socket_of_nobody();
  // By whatever name; the account's counts.
  one.command("join", {{"username", "mallory"}, {"room", "Games"}});
  const json own = one.next("message");
  CHECK(message_of(own) == ann.username + " has joined the GAMES room.");
  CHECK_FALSE(own["data"].contains("username"));
  two.command("join", json(json{{"room", "gAMES"}}.dump()));
  CHECK(message_of(two.next("message")) == bob.username + " has joined the GAMES room.");
  CHECK(message_of(one.next("message")) == bob.username + " has joined the GAMES room.");
  guest.command("join", {{"username", ann.username}, {"room", "GAMES"}});
  for (MarqueeSocket* each : {&one, &two, &guest}) {
    CHECK(message_of(each->next("message")) == "A guest has joined the GAMES room.");
  }

  const json said = two.command(
      "message", {{"msg", " <b>Hello</b> "}, {"username", ann.username}, {"room", "games"}});
  for (MarqueeSocket* each : {&one, &two, &guest}) {
    const json heard = each->next("message");
    REQUIRE_FALSE(heard.is_null());
    CHECK(heard["data"] == said["data"]);
    CHECK(heard["data"]["username"] == bob.username);
    CHECK(heard["data"]["msg"] == "<b>Hello</b>");
  }
  CHECK(error_of(guest.command("message", {{"msg", "x"}, {"room", "GAMES"}})) == "Unauthorized");

  two.command("leave", {{"username", bob.username}, {"room", "games"}});
  CHECK(message_of(one.next("message")) == bob.username + " has left the GAMES room.");
  CHECK(two.quiet("message"));
  CHECK(error_of(two.command("leave", {{"room", "GAMES"}})) == "Join the room first");
  CHECK(error_of(one.command("join", {{"room", "KITCHEN"}})) == "Unknown room");
  // What is said and taken back by REST is heard by sockets too.
  HttpClient client = client_of(bob);
  auto posted = client.post("/api/chat/rooms/games/messages", {{"msg", "By REST"}});
  CHECK(one.next("message")["data"] == posted.json());
  client.del("/api/chat/rooms/games/messages/" + posted.json()["id"].dump());
  CHECK(one.next("message_deleted")["data"]["id"] == posted.json()["id"]);
  CHECK(two.quiet("message"));
}

TEST_CASE("a chat room knows who is in it") {
  Person ann = new_person();
  Person bob = new_person();
  auto members = [client = client_of(ann)]() mutable {
    std::set<std::string> names;
    for (const auto& member : client.get("/api/chat/rooms/music/members").json()) {
      names.insert(member["username"]);
    }
    return names;
  };
  auto online = [] {
    const json rooms = anybody().get("/api/chat/rooms").json();
    return rooms.at(3)["online"].get<int>();
  };
  REQUIRE(testing::eventually([&] { return online() == 0; }));
  MarqueeSocket one = socket_of(ann);
  {
    MarqueeSocket again = socket_of(ann);
    MarqueeSocket two = socket_of(bob);
    MarqueeSocket guest = socket_of_nobody();
    for (MarqueeSocket* each : {&one, &again, &two, &guest}) {
      each->command("join", {{"room", "Music"}});
    }
    CHECK(testing::eventually([&] { return online() == 3; }));
    CHECK(members() == std::set<std::string>{ann.username, bob.username});
    two.command("leave", {{"room", "Music"}});
    CHECK(testing::eventually([&] { return online() == 2; }));
  }
  CHECK(testing::eventually([&] { return online() == 1; }));
  CHECK(members() == std::set<std::string>{ann.username});
}

TEST_CASE("a lobby hears who comes, who talks and who leaves, by whatever name they go") {
  Person ann = new_person();
  MarqueeSocket one = socket_of(ann);
  MarqueeSocket guest = socket_of_nobody();
  const std::string lobby = unique_name("lobby");
  const json joined = one.command("join_lobby", {{"user_id", 7}, {"lobby_id", lobby}});
  CHECK(joined["data"]["status"] == "joined");
  CHECK(joined["data"]["user_id"] == "7");
  CHECK(one.next("lobby_response")["data"] == joined["data"]);
  CHECK(one.next("lobby_announcement")["data"]["username"] == ann.username);
  CHECK(error_of(guest.command("send_message",
                               {{"user_id", "me"}, {"lobby_id", lobby}, {"message", "Early"}})) ==
        "Join the room first");
  guest.command("join_lobby", json(json{{"user_id", "me"}, {"lobby_id", lobby}}.dump()));
  const json came = one.next("lobby_announcement");
  CHECK(came["data"]["user_id"] == "me");
  CHECK(came["data"]["username"].is_null());
  guest.command("send_message", {{"user_id", "me"}, {"lobby_id", lobby}, {"message", "Popcorn?"}});
  const json heard = one.next("receive_message");
  CHECK(heard["data"]["message"] == "Popcorn?");
  CHECK(heard["data"]["lobby_id"] == lobby);
  const json left = one.command("leave_lobby", {{"user_id", 7}, {"lobby_id", lobby}});
  CHECK(left["data"]["status"] == "left");
  CHECK(guest.next("lobby_announcement")["data"]["user_id"] == "me");  // its own coming
  CHECK(guest.next("lobby_announcement")["data"]["user_id"] == "7");
  CHECK(error_of(one.command("join_lobby", {{"lobby_id", lobby}})) ==
        "Missing required field: user_id");
}

TEST_CASE("a chat room is one on all gateways") {
  if (without_control()) return;
  SideGateway side(Suite::shared());
  Person ann = new_person();
  Person bob = new_person();
  MarqueeSocket here = socket_of(ann);
  MarqueeSocket there(side.port(), bob.token);
  for (MarqueeSocket* each : {&here, &there}) {
    CHECK(each->command("join", {{"room", "NEWS"}}).contains("data"));
  }
  const std::string text = unique_name("hello");
  CHECK(there.command("message", {{"room", "NEWS"}, {"msg", text}}).contains("data"));
  for (MarqueeSocket* each : {&here, &there}) {
    json line;
    do line = each->next("message");
    while (!line.is_null() && message_of(line) != text);
    REQUIRE_FALSE(line.is_null());
    CHECK(line["data"]["username"] == bob.username);
  }
}
