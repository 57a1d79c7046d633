// Native WebSockets through running gateways: who may open one, rooms of films, live events from
// REST, on any gateway; commands and their answers; the end of sessions; what comes after a break.
#include <csignal>

#include "libs/testing/web_socket.h"
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee;
using namespace marquee::e2e;
using testing::MarqueeSocket;
using testing::WebSocket;

namespace {

int port() {
  return Suite::shared().port();
}

json room(const json& id) {
  return {{"user_id", "ada"}, {"room_id", id}};
}

std::int64_t write_review(const Person& person, std::int64_t film, const std::string& text) {
  auto reply = client_of(person).post("/api/reviews",
                                      json{{"movie_id", film}, {"rating", 4.5}, {"comment", text}});
  REQUIRE(reply.status == 201);
  return reply.json()["id"].get<std::int64_t>();
}

int status_of(const std::string& target, const WebSocket::Headers& headers = {}) {
  return WebSocket(port(), target, headers).status();
}

}  // namespace

TEST_CASE("a socket greets with who it belongs to") {
  Person ada = new_person();
  MarqueeSocket own(port(), ada.token);
  CHECK(own.greeting()["status"] == "connected");
  CHECK(own.greeting()["user_id"] == ada.id);
  CHECK(own.greeting()["epoch"] != "");
  MarqueeSocket anonymous(port());
  CHECK(anonymous.greeting()["user_id"].is_null());
  CHECK(anonymous.greeting()["sid"] != own.greeting()["sid"]);
}

TEST_CASE("a token that is there and bad opens no socket") {
  Person ada = new_person();
  CHECK(status_of("/ws?token=bad") == 401);
  CHECK(status_of("/ws", {{"Authorization", "Bearer bad"}}) == 401);
  CHECK(status_of("/ws", {{"Authorization", "Bearer " + ada.token}}) == 101);
  CHECK(status_of("/") == 101);
  CHECK(status_of("/ws/") == 101);
  CHECK(status_of("/api/movies") != 101);
}

TEST_CASE("a cookie opens a socket for our own pages alone") {
  Person ada = new_person();
  const std::string cookie = "access_token=" + ada.token;
  CHECK(status_of("/ws", {{"Cookie", cookie}, {"Origin", "http://localhost:3000"}}) == 101);
  CHECK(status_of("/ws", {{"Cookie", cookie}, {"Origin", "http://evil.example"}}) == 403);
  CHECK(status_of("/ws", {{"Cookie", cookie}, {"Origin", "null"}}) == 403);
}

TEST_CASE("a socket may say by its first frame who it belongs to") {
  Person ada = new_person();
  MarqueeSocket socket(port());
  const json answer = socket.command("authenticate", {{"token", ada.token}});
  CHECK(answer["data"]["user_id"] == ada.id);
  MarqueeSocket other(port());
  other.send("authenticate", {{"token", "bad"}});
  CHECK(other.wire().closed() == 4401);
}

TEST_CASE("visitors of a film's room hear each other") {
  const std::string id = unique_name("r");
  MarqueeSocket one(port());
  MarqueeSocket two(port());
  const json joined = one.command("join_notification", room(id));
  CHECK(joined["data"]["message"] == "User ada has joined the room " + id);
  CHECK(one.next("message")["data"]["message"] == joined["data"]["message"]);
  // An object, or a string that holds one.
  two.command("join_notification", json(room(id).dump()));
  CHECK(one.next("message")["data"]["room_id"] == id);

  two.command("new_review",
              {{"user_id", 7}, {"room_id", id}, {"review_title", "Better than the book"}});
  for (auto* socket : {&one, &two}) {
    const json heard = socket->next("new_review");
    CHECK(heard["data"]["message"] == "User 7 added a new review: Better than the book");
    CHECK(heard["offset"].get<std::int64_t>() > 0);
  }
  const json left = two.command("leave_notification", room(id));
  CHECK(left["data"]["message"] == "User ada has left the room " + id);
  CHECK(two.next("message")["event"] == "message");  // its own joining
  CHECK_FALSE(one.next("message").is_null());
  one.command("new_review", {{"user_id", 7}, {"room_id", id}, {"review_title", "Again"}});
  CHECK_FALSE(one.next("new_review").is_null());
  CHECK(two.quiet("new_review"));
}

TEST_CASE("commands that cannot be carried out say why") {
  MarqueeSocket socket(port());
  auto refusal = [&](const std::string& event, const json& data) {
    const json answer = socket.command(event, data);
    CHECK(socket.next("error")["data"]["message"] == answer["error"]["message"]);
    CHECK(answer["error"]["error"] == answer["error"]["message"]);
    return answer["error"]["message"].get<std::string>();
  };
  CHECK(refusal("nonsense", json::object()) == "Unknown event: nonsense");
  CHECK(refusal("join_notification", {{"room_id", "1"}}) == "Missing required field: user_id");
  CHECK(refusal("join_notification", {{"user_id", "1"}}) == "Missing required field: room_id");
  CHECK(refusal("join_notification", json::array()) != "");
  CHECK(refusal("join_notification", {{"user_id", json::array()}, {"room_id", "1"}}) != "");
  CHECK(refusal("new_review", {{"user_id", 1}, {"room_id", "1"}, {"review_title", "t"}}) ==
        "Join the room first");
  CHECK(refusal("create_movie", {{"user_id", 1}, {"movie_title", "t"}}) ==
        "Unknown event: create_movie");
  // Commands that only services may call are none.
  socket.wire().send(std::string_view("no json"));
  CHECK_FALSE(socket.next("error").is_null());
  socket.wire().send(std::string_view(R"({"data":1})"));
  CHECK(socket.next("error")["data"]["message"] == "Missing required field: event");
  CHECK(socket.command("join_notification", room("1")).contains("data"));
}

TEST_CASE("a review written by REST reaches its film's room on every gateway") {
  if (without_control()) return;
  SideGateway side(Suite::shared());
  Person ada = new_person();
  const auto film = add_film(ada, {{"title", unique_name("live")}});
  MarqueeSocket here(port());
  MarqueeSocket there(side.port());
  for (auto* socket : {&here, &there}) {
    CHECK(socket->command("join_notification", room(film)).contains("data"));
  }
  const auto review = write_review(ada, film, "Better than the book.\nReally.");
  for (auto* socket : {&here, &there}) {
    const json heard = socket->next("new_review")["data"];
    CHECK(heard["review_id"] == review);
    CHECK(heard["movie_id"] == film);
    CHECK(heard["user_id"] == ada.id);
    CHECK(heard["rating"] == 4.5);
    CHECK(heard["review_title"] == "Better than the book.");
  }
}

TEST_CASE("everyone hears of new and changed films") {
  Person ada = new_person();
  MarqueeSocket socket(port());
  const std::string title = unique_name("news");
  const auto film = add_film(ada, {{"title", title}});
  json heard;
  do heard = socket.next("movie_notification");
  while (!heard.is_null() && heard["data"]["movie_id"] != film);
  REQUIRE_FALSE(heard.is_null());
  CHECK(heard["data"]["type"] == "new");
  CHECK(heard["data"]["movie_title"] == title);
  CHECK(heard["data"]["user_id"] == ada.id);
  REQUIRE(client_of(ada).put("/api/movies/" + std::to_string(film), json{{"rating", 3}}).status ==
          200);
  do heard = socket.next("movie_notification");
  while (!heard.is_null() && heard["data"]["movie_id"] != film);
  REQUIRE_FALSE(heard.is_null());
  CHECK(heard["data"]["type"] == "update");
}

TEST_CASE("the end of a session ends its sockets") {
  Person ada = new_person();
  Person grace = new_person();
  MarqueeSocket socket(port(), ada.token);
  MarqueeSocket other(port(), grace.token);
  REQUIRE(client_of(ada).post("/api/auth/logout", json::object()).status == 200);
  CHECK(socket.wire().closed() == 4401);
  CHECK(status_of("/ws?token=" + ada.token) == 401);
  CHECK(other.quiet("bye"));
}

TEST_CASE("who was away hears what was missed, on whichever gateway") {
  if (without_control()) return;
  SideGateway side(Suite::shared());
  const std::string id = unique_name("r");
  MarqueeSocket speaker(port());
  speaker.command("join_notification", room(id));
  auto say = [&](const std::string& title) {
    speaker.command("new_review", {{"user_id", 1}, {"room_id", id}, {"review_title", title}});
    // Heard before the next one is said: another replica may say that, and sooner.
    CHECK(speaker.next("new_review")["data"]["review_title"] == title);
  };
  json resume;
  {
    MarqueeSocket listener(port());
    listener.command("join_notification", room(id));
    say("heard");
    const json heard = listener.next("new_review");
    resume = {{"epoch", listener.greeting()["epoch"]}, {"offset", heard["offset"]}};
    listener.wire().drop();
  }
  say("missed one");
  say("missed two");
  for (int where : {port(), side.port()}) {
    MarqueeSocket back(where);
    CHECK(back.command("join_notification", room(id), resume).contains("data"));
    CHECK_FALSE(back.next("resumed").is_null());
    CHECK(back.next("new_review")["data"]["review_title"] == "missed one");
    CHECK(back.next("new_review")["data"]["review_title"] == "missed two");
    CHECK(back.quiet("new_review"));
  }
  // Of another stream nothing is known.
  resume["epoch"] = "1";
  MarqueeSocket lost(port());
  CHECK(lost.command("join_notification", room(id), resume).contains("data"));
  CHECK(lost.next("resync")["data"]["stream"] == "movie:" + id);
}

TEST_CASE("a gateway that stops tells its sockets when to come again") {
  if (without_control()) return;
  SideGateway side(Suite::shared());
  MarqueeSocket socket(side.port());
  side.signal(SIGTERM);
  const json bye = socket.next("bye");
  REQUIRE_FALSE(bye.is_null());
  CHECK(bye["data"]["retry_after_ms"].get<int>() <= 5'000);
  CHECK(socket.wire().closed() == 1012);
  CHECK(side.wait(std::chrono::seconds(10)) == 0);
}
