// Comments on films: rows 21, 24 and 24b of MovieConnect.
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

json comments(std::int64_t film_id) {
  return anybody().get(detail_path(film_id, "/comments/")).json();
}

// Says `body`; the comment's id.
std::int64_t say(HttpClient& client, std::int64_t film_id, const std::string& body) {
  auto reply = client.post(detail_path(film_id, "/comment/"), {{"body", body}});
  REQUIRE(message_faults(reply, 201, "Comment added successfully") == "");
  json list = comments(film_id);
  REQUIRE_FALSE(list.empty());
  CHECK(list[0]["body"] == body);
  return list[0]["id"].get<std::int64_t>();
}

}  // namespace

TEST_CASE("comments are listed newest first, for all") {
  Person author = new_person();
  Person other = new_person();
  HttpClient client = client_of(author);
  HttpClient second = client_of(other);
  auto id = add_film(author);
  CHECK(comments(id) == json::array());
  Ids said = {say(client, id, "First!")};
  said.insert(said.begin(), say(second, id, "Second \xF0\x9F\x8E\xAC <b>&\"quotes\"</b>"));
  said.insert(said.begin(), say(client, id, "Third"));
  for (const char* path : {"/comments/", "/comments"}) {
    auto reply = anybody().get(detail_path(id, path));
    CHECK(success_faults(reply, 200) == "");
    CHECK(shapes_faults(reply.json(), kCommentShape) == "");
    CHECK(ids_of(reply.json()) == said);
    CHECK(reply.json()[1]["username"] == other.username);
    CHECK(reply.json()[2]["username"] == author.username);
  }
  std::vector<std::size_t> sizes;
  CHECK(walk(client, detail_path(id, "/comments/?limit=2"), "", &sizes) == said);
  CHECK(sizes == std::vector<std::size_t>{2, 1});
  CHECK(field_faults(client.get(detail_path(id, "/comments/?limit=a")), "limit") == "");
  CHECK(field_faults(client.get(detail_path(id, "/comments/?cursor=a")), "cursor") == "");
}

TEST_CASE("a film that does not exist has no comments and takes none") {
  HttpClient client = client_of(new_person());
  auto reply = client.get(detail_path(kNobody, "/comments/"));
  CHECK(success_faults(reply, 200) == "");
  CHECK(reply.json() == json::array());
  CHECK(error_faults(client.post(detail_path(kNobody, "/comment/"), {{"body", "Hello?"}}), 404,
                     "Movie not found") == "");
  CHECK(error_faults(client.post("/api/movie/abc/comment/", {{"body", "Hello?"}}), 404) == "");
}

TEST_CASE("a comment must say something") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto id = add_film(author);
  const std::string path = detail_path(id, "/comment/");
  const std::string required = "This field is required.";
  const std::string blank = "This field may not be blank.";
  CHECK(top_field_faults(client.post(path, json::object()), "body", required) == "");
  CHECK(top_field_faults(client.request("POST", path, ""), "body", required) == "");
  CHECK(top_field_faults(client.post(path, {{"body", nullptr}}), "body", required) == "");
  for (const char* text : {"", " ", "\t\r\n", "\xC2\xA0\xE3\x80\x80"}) {
    CHECK(top_field_faults(client.post(path, {{"body", text}}), "body", blank) == "");
  }
  for (const json& value : {json(5), json(true), json::array({"a"}), json{{"text", "a"}},
                            json(std::string(5'001, 'x')), json(std::string("a\0b", 3))}) {
    CAPTURE(value.dump().substr(0, 40));
    CHECK(top_field_faults(client.post(path, {{"body", value}}), "body") == "");
  }
  CHECK(comments(id) == json::array());
  CHECK(error_faults(anybody().post(path, {{"body", "Hello"}}), 401) == "");
  std::string longest;
  for (int i = 0; i < 5'000; ++i) longest += "ß";
  say(client, id, longest);
  auto reply = client.post(detail_path(id, "/comment"), with_unknown_fields({{"body", " trim "}}));
  CHECK(message_faults(reply, 201, "Comment added successfully") == "");
  CHECK(comments(id)[0]["body"] == "trim");
}

TEST_CASE("the author deletes a comment, named in the query or in the body") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto id = add_film(author);
  const std::string path = detail_path(id, "/comment/");
  auto kept = say(client, id, "Stays");
  auto text = [](std::int64_t comment) { return std::to_string(comment); };

  auto first = say(client, id, "By query");
  CHECK(no_content_faults(client.del(path + "?comment_id=" + text(first))) == "");
  CHECK(ids_of(comments(id)) == Ids{kept});
  auto second = say(client, id, "By body");
  CHECK(no_content_faults(client.request("DELETE", path, json{{"comment_id", second}}.dump())) ==
        "");
  CHECK(ids_of(comments(id)) == Ids{kept});
  auto third = say(client, id, "By body, as text, no slash");
  auto reply = client.request("DELETE", detail_path(id, "/comment"),
                              with_unknown_fields({{"comment_id", text(third)}}).dump());
  CHECK(no_content_faults(reply) == "");
  CHECK(ids_of(comments(id)) == Ids{kept});
  CHECK(error_faults(client.del(path + "?comment_id=" + text(third)), 404,
                     "Comment not found or not owned by user") == "");
}

TEST_CASE("a comment is deleted only by its author and under its own film") {
  Person author = new_person();
  HttpClient client = client_of(author);
  HttpClient other = client_of(new_person());
  auto id = add_film(author);
  auto other_film = add_film(author);
  auto comment = say(client, id, "Mine");
  const std::string query = "?comment_id=" + std::to_string(comment);
  const std::string not_found = "Comment not found or not owned by user";
  CHECK(error_faults(other.del(detail_path(id, "/comment/") + query), 404, not_found) == "");
  CHECK(error_faults(client.del(detail_path(other_film, "/comment/") + query), 404, not_found) ==
        "");
  CHECK(error_faults(client.del(detail_path(kNobody, "/comment/") + query), 404, not_found) == "");
  CHECK(error_faults(client.del(detail_path(id, "/comment/?comment_id=987654321000")), 404,
                     not_found) == "");
  CHECK(error_faults(anybody().del(detail_path(id, "/comment/") + query), 401) == "");
  for (const char* none : {"", "?comment_id="}) {
    CAPTURE(none);
    CHECK(error_faults(client.del(detail_path(id, "/comment/") + none), 400,
                       "Comment ID is required") == "");
  }
  CHECK(error_faults(client.request("DELETE", detail_path(id, "/comment/"), "{}"), 400,
                     "Comment ID is required") == "");
  for (const char* wrong : {"abc", "1.5", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK(field_faults(client.del(detail_path(id, "/comment/?comment_id=") + wrong),
                       "comment_id") == "");
  }
  CHECK(ids_of(comments(id)) == Ids{comment});
}
