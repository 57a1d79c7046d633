// Changing and removing films: rows 11 and 12 of the review client; by whom, and what goes with
// them.
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

constexpr char kUpdated[] = "Movie updated successfully";
constexpr char kDeleted[] = "Movie deleted successfully";

std::int64_t id_in(const HttpReply& reply) {
  return reply.json().value("id", std::int64_t{0});
}

}  // namespace

TEST_CASE("who added a film changes any part of it") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  auto id = add_film(owner);
  json expected = movie_of(client, id);
  const std::vector<json> changes = {
      {{"title", "Renamed " + unique_name("to")}},
      {{"description", "Shorter."}},
      {{"rating", 8.25}},
      {{"genre", "Comedy, Drama"}},
      {{"poster_url", "http://example.org/other.png"}},
      {{"release_date", "1999-12-31"}},
      {{"director", "Bo Other, Cy Third"}},
      {{"runtime", 90}},
      {{"adult", true}},
      {{"trailer_url", "https://example.org/trailer"}},
      {{"title", "Renamed " + unique_name("twice")}, {"runtime", 91}, {"genre", "War"}}};
  for (const auto& change : changes) {
    CAPTURE(change.dump());
    CHECK(message_faults(client.put(movie_path(id), change), 200, kUpdated) == "");
    for (const auto& [field, value] : change.items()) expected[field] = value;
    expected["overview"] = expected["description"];
    expected["average_rating"] = expected["rating"];
    expected["release_year"] = std::stoi(expected["release_date"].get<std::string>().substr(0, 4));
    CHECK(movie_of(client, id) == expected);
  }
  json detail = detail_of(client, id);
  CHECK(detail["genres"] == json::array({{{"name", "War"}}}));
  CHECK(detail["directors"] == json::array({{{"name", "Bo Other"}}, {{"name", "Cy Third"}}}));
}

TEST_CASE("a film is changed by PUT and PATCH, with and without the final slash") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  auto id = add_film(owner);
  int runtime = 60;
  for (const char* method : {"PUT", "PATCH"}) {
    for (const char* slash : {"", "/"}) {
      CAPTURE(method, slash);
      json change = with_unknown_fields({{"runtime", ++runtime}, {"id", 1}});
      auto reply = client.request(method, movie_path(id, slash), change.dump());
      CHECK(message_faults(reply, 200, kUpdated) == "");
      CHECK(movie_of(client, id)["runtime"] == runtime);
    }
  }
  json before = movie_of(client, id);
  CHECK(message_faults(client.put(movie_path(id), json::object()), 200, kUpdated) == "");
  CHECK(movie_of(client, id) == before);
}

TEST_CASE("an empty text clears a field of a film, null leaves it alone") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  auto id = add_film(owner);
  json before = movie_of(client, id);
  json nulls;
  for (const char* field : {"title", "description", "genre", "poster_url", "release_date",
                            "director", "runtime", "rating"}) {
    nulls[field] = nullptr;
  }
  CHECK(message_faults(client.put(movie_path(id), nulls), 200, kUpdated) == "");
  CHECK(movie_of(client, id) == before);

  json blanks = {{"description", ""}, {"poster_url", ""}, {"release_date", ""}, {"director", ""}};
  CHECK(message_faults(client.put(movie_path(id), blanks), 200, kUpdated) == "");
  json after = movie_of(client, id);
  for (const auto& [field, blank] : blanks.items()) {
    CAPTURE(field);
    CHECK(after[field].is_null());
  }
  CHECK(after["title"] == before["title"]);
}

TEST_CASE("a wrong change of a film changes nothing") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  auto id = add_film(owner);
  json before = movie_of(client, id);
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, json>>{{"title", ""},
                                                 {"title", "  "},
                                                 {"title", 1},
                                                 {"title", std::string(501, 't')},
                                                 {"description", std::string(10'001, 'd')},
                                                 {"rating", 11},
                                                 {"rating", "high"},
                                                 {"release_date", "2023-02-30"},
                                                 {"release_date", "yesterday"},
                                                 {"runtime", 6001},
                                                 {"poster_url", "data:text/html,x"}}) {
    CAPTURE(field, value.dump().substr(0, 40));
    json change = {{"adult", true}};
    change[field] = value;
    CHECK(field_faults(client.put(movie_path(id), change), field) == "");
  }
  CHECK(movie_of(client, id) == before);
}

TEST_CASE("another user changes or removes no film, an administrator any") {
  if (without_control()) return;
  Person owner = new_person();
  HttpClient other = client_of(new_person());
  auto id = add_film(owner);
  json before = movie_of(other, id);
  CHECK(error_faults(other.put(movie_path(id), {{"title", "Mine now"}}), 403) == "");
  CHECK(error_faults(other.del(movie_path(id)), 403) == "");
  CHECK(error_faults(anybody().put(movie_path(id), {{"title", "Mine now"}}), 401) == "");
  CHECK(error_faults(anybody().del(movie_path(id)), 401) == "");
  CHECK(movie_of(other, id) == before);

  HttpClient admin = client_of(new_admin());
  CHECK(message_faults(admin.put(movie_path(id), {{"runtime", 77}}), 200, kUpdated) == "");
  CHECK(movie_of(other, id)["runtime"] == 77);
  CHECK(movie_of(other, id)["created_by"] == owner.id);
  CHECK(message_faults(admin.del(movie_path(id)), 200, kDeleted) == "");
  CHECK(error_faults(other.get(movie_path(id)), 404, "Movie not found") == "");
}

TEST_CASE("a film of the sample belongs to no user") {
  if (without_control()) return;
  HttpClient other = client_of(new_person());
  json films = other.get("/api/movies?limit=1").json();
  REQUIRE(films.size() == 1);
  CHECK(films[0]["created_by"].is_null());
  auto id = ids_of(films)[0];
  CHECK(error_faults(other.put(movie_path(id), {{"runtime", 1}}), 403) == "");
  CHECK(error_faults(other.del(movie_path(id)), 403) == "");
  HttpClient admin = client_of(new_admin());
  auto runtime = films[0]["runtime"];
  CHECK(message_faults(admin.put(movie_path(id), {{"runtime", 1}}), 200, kUpdated) == "");
  CHECK(message_faults(admin.put(movie_path(id), {{"runtime", runtime}}), 200, kUpdated) == "");
}

TEST_CASE("no film, no change") {
  HttpClient client = client_of(new_person());
  const json change = {{"title", "Nothing"}};
  CHECK(error_faults(client.put(movie_path(kNobody), change), 404, "Movie not found") == "");
  CHECK(error_faults(client.del(movie_path(kNobody)), 404, "Movie not found") == "");
  CHECK(error_faults(client.put("/api/movies/abc", change), 404) == "");
  CHECK(error_faults(client.del("/api/movies/abc"), 404) == "");
}

TEST_CASE("a film goes with its ratings, reviews, comments and places on watchlists") {
  Person owner = new_person();
  Person reader = new_person();
  HttpClient client = client_of(owner);
  HttpClient fan = client_of(reader);
  auto id = add_film(owner);
  auto kept = add_film(owner);
  for (auto film_id : {id, kept}) {
    REQUIRE(fan.post(detail_path(film_id, "/rate/"), {{"rating", 4}}).status == 201);
    REQUIRE(fan.post(detail_path(film_id, "/comment/"), {{"body", "Seen."}}).status == 201);
    REQUIRE(fan.post(detail_path(film_id, "/watch/"), json::object()).status == 201);
  }
  auto review = id_in(
      client.post("/api/reviews", {{"movie_id", id}, {"rating", 3}, {"comment", "Good enough."}}));
  REQUIRE(review > 0);

  // The review client sends bodies with DELETE, which mean nothing.
  auto reply = client.request("DELETE", movie_path(id, "/"), R"({"id": 5, "nonsense": [)");
  CHECK(message_faults(reply, 200, kDeleted) == "");
  CHECK(error_faults(client.get(movie_path(id)), 404, "Movie not found") == "");
  CHECK(error_faults(client.get(detail_path(id)), 404, "Movie not found") == "");
  CHECK(error_faults(client.del(movie_path(id)), 404, "Movie not found") == "");
  CHECK_FALSE(lists(client.get("/api/movies").json(), id));
  CHECK(ids_of(fan.get("/api/user/movies/rated/").json()) == Ids{kept});
  CHECK(ids_of(fan.get("/api/movies/watch/").json()) == Ids{kept});
  CHECK(client.get(detail_path(id, "/comments/")).json() == json::array());
  CHECK(error_faults(client.get("/api/reviews/" + std::to_string(review)), 404,
                     "Review not found") == "");
  CHECK(error_faults(client.get(movie_path(id, "/reviews")), 404, "Movie not found") == "");
  CHECK(client.get(detail_path(kept, "/comments/")).json().size() == 1);
}
