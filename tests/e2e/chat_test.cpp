// Chat rooms by REST: MovieSphere's proposed surface.
#include "tests/catch.h"
#include "tests/e2e/lists.h"
#include "tests/e2e/people.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

constexpr char kLineShape[] =
    "id:int room:text username:text msg:text time_stamp:text sent_at:time user_id:int";

std::string messages_path(const std::string& room) {
  return "/api/chat/rooms/" + room + "/messages";
}

// Says it; the line's id.
std::int64_t say(HttpClient& client, const std::string& room, const std::string& msg) {
  auto reply = client.post(messages_path(room), {{"msg", msg}});
  REQUIRE(success_faults(reply, 201) == "");
  CHECK(shape_faults(reply.json(), kLineShape) == "");
  return reply.json()["id"].get<std::int64_t>();
}

json lines(const std::string& room, const std::string& query = {}) {
  return anybody().get(messages_path(room) + query).json();
}

}  // namespace

TEST_CASE("there are four chat rooms, with how many are in them") {
  auto reply = anybody().get("/api/chat/rooms");
  CHECK(success_faults(reply, 200) == "");
  CHECK(shapes_faults(reply.json(), "name:text online:int") == "");
  std::vector<std::string> names;
  for (const auto& room : reply.json()) names.push_back(room["name"]);
  CHECK(names == std::vector<std::string>{"NEWS", "MOVIES", "GAMES", "MUSIC"});
}

TEST_CASE("what is said in a room is read by all, under the account's name, newest first") {
  Person ann = new_person();
  Person bob = new_person();
  HttpClient by_ann = client_of(ann);
  HttpClient by_bob = client_of(bob);
  Ids said = {say(by_ann, "GAMES", "First")};
  CHECK(lines("games")[0]["msg"] == "First");  // and so it is cached
  auto reply = by_bob.post(messages_path("Games"),
                           with_unknown_fields({{"msg", " <i>Second</i> \xF0\x9F\x8E\xAC "},
                                                {"username", ann.username},
                                                {"room", "NEWS"},
                                                {"user_id", ann.id}}));
  REQUIRE(success_faults(reply, 201) == "");
  CHECK(reply.json()["room"] == "GAMES");
  CHECK(reply.json()["username"] == bob.username);
  CHECK(reply.json()["user_id"] == bob.id);
  CHECK(reply.json()["msg"] == "<i>Second</i> \xF0\x9F\x8E\xAC");
  said.insert(said.begin(), reply.json()["id"].get<std::int64_t>());
  said.insert(said.begin(), say(by_ann, "gAmEs", "Third"));
  for (const char* room : {"GAMES", "games", "Games"}) {
    json list = lines(room, "?limit=3");
    CHECK(shapes_faults(list, kLineShape) == "");
    CHECK(ids_of(list) == said);
  }
  auto before = "?limit=2&before=" + std::to_string(said[1]);
  CHECK(lines("GAMES", before)[0]["id"] == said[2]);
  auto page = anybody().get(messages_path("GAMES") + "?limit=2");
  CHECK(ids_of(page.json()) == Ids{said[0], said[1]});
  CHECK(anybody().get(next_link(page)).json()[0]["id"] == said[2]);
}

TEST_CASE("what may not be said says why") {
  HttpClient client = client_of(new_person());
  CHECK(error_faults(anybody().post(messages_path("NEWS"), {{"msg", "x"}}), 401) == "");
  CHECK(error_faults(client.post(messages_path("NEWS"), json::object()), 400,
                     "Missing required field: msg") == "");
  for (const json& value : {json(" \t"), json(5), json::array({"x"}), json(std::string(2'001, 'x')),
                            json(std::string("a\0b", 3))}) {
    CAPTURE(value.dump().substr(0, 40));
    CHECK(field_faults(client.post(messages_path("NEWS"), {{"msg", value}}), "msg") == "");
  }
  for (const char* room : {"KITCHEN", "NEWS%20", "%F0%9F%8E%AC"}) {
    CAPTURE(room);
    CHECK(error_faults(client.post(messages_path(room), {{"msg", "x"}}), 404, "Unknown room") ==
          "");
    CHECK(error_faults(client.get(messages_path(room)), 404, "Unknown room") == "");
    CHECK(error_faults(client.get(std::string("/api/chat/rooms/") + room + "/members"), 404,
                       "Unknown room") == "");
  }
  for (const char* query : {"limit=a", "limit=-1", "before=x", "before=-1", "cursor=x"}) {
    CAPTURE(query);
    const std::string field = std::string(query).substr(0, std::string(query).find('='));
    CHECK(field_faults(client.get(messages_path("NEWS") + "?" + query), field) == "");
  }
}

TEST_CASE("a line is taken back by its author") {
  HttpClient author = client_of(new_person());
  HttpClient other = client_of(new_person());
  const auto kept = say(author, "MUSIC", "Stays");
  const auto id = say(author, "MUSIC", "Goes");
  const std::string path = messages_path("music") + "/" + std::to_string(id);
  CHECK(ids_of(lines("MUSIC", "?limit=2")) == Ids{id, kept});
  CHECK(error_faults(anybody().del(path), 401) == "");
  CHECK(error_faults(other.del(path), 403, "Unauthorized to delete this message") == "");
  CHECK(error_faults(author.del(messages_path("NEWS") + "/" + std::to_string(id)), 404,
                     "Message not found") == "");
  CHECK(no_content_faults(author.del(path)) == "");
  CHECK(lines("MUSIC", "?limit=1")[0]["id"] == kept);
  CHECK(error_faults(author.del(path), 404, "Message not found") == "");
}

TEST_CASE("who is in a room is for users to know") {
  CHECK(error_faults(anybody().get("/api/chat/rooms/NEWS/members"), 401) == "");
  auto reply = client_of(new_person()).get("/api/chat/rooms/news/members?limit=500");
  CHECK(success_faults(reply, 200) == "");
  CHECK(reply.json() == json::array());
}

TEST_CASE("an account that goes takes along what it said") {
  Person person = new_person();
  HttpClient client = client_of(person);
  const auto id = say(client, "MOVIES", "Forget me");
  CHECK(lists(lines("MOVIES"), id));
  REQUIRE(client.del("/api/users/" + std::to_string(person.id)).status == 200);
  CHECK(testing::eventually([&] { return !lists(lines("MOVIES"), id); }));
}
