// The films a user wants to see: rows 17, 25 and 25b of MovieConnect.
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

constexpr char kAdded[] = "Movie added to watchlist.";
constexpr char kNoFilm[] = "Movie not found.";

Ids watchlist(HttpClient& client) {
  return ids_of(client.get("/api/movies/watch/").json());
}

}  // namespace

TEST_CASE("a film goes on the watchlist, once however often it is put there") {
  Person person = new_person();
  HttpClient client = client_of(person);
  HttpClient other = client_of(new_person());
  auto id = add_film(person);
  CHECK(watchlist(client).empty());
  CHECK(detail_of(client, id)["on_watchlist"] == false);
  const std::string path = detail_path(id, "/watch/");
  for (const auto& reply :
       {client.post(path, json::object()), client.request("POST", path, ""),
        client.post(detail_path(id, "/watch"), with_unknown_fields({{"id", 1}}))}) {
    CHECK(message_faults(reply, 201, kAdded) == "");
  }
  for (const char* list : {"/api/movies/watch/", "/api/movies/watch"}) {
    auto reply = client.get(list);
    CHECK(success_faults(reply, 200) == "");
    CHECK(shapes_faults(reply.json(), kMovieCardShape) == "");
    CHECK(ids_of(reply.json()) == Ids{id});
  }
  CHECK(detail_of(client, id)["on_watchlist"] == true);
  CHECK(detail_of(other, id)["on_watchlist"] == false);
  HttpClient nobody = anybody();
  CHECK(detail_of(nobody, id)["on_watchlist"] == false);
  CHECK(watchlist(other).empty());
}

TEST_CASE("a film is taken off the watchlist, also when it is not on it") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  auto kept = add_film(person);
  for (auto film_id : {id, kept}) {
    REQUIRE(client.post(detail_path(film_id, "/watch/"), json::object()).status == 201);
  }
  for (const char* path : {"/watch/", "/watch", "/watch/"}) {
    CHECK(no_content_faults(client.del(detail_path(id, path))) == "");
    CHECK(watchlist(client) == Ids{kept});
  }
  CHECK(detail_of(client, id)["on_watchlist"] == false);
  auto reply = client.request("DELETE", detail_path(kept, "/watch/"), "{\"reason\":\"seen\"}");
  CHECK(no_content_faults(reply) == "");
  CHECK(watchlist(client).empty());
}

TEST_CASE("the watchlist shows what came last first, and comes in parts") {
  Person person = new_person();
  HttpClient client = client_of(person);
  Ids films;
  for (int i = 0; i < 3; ++i) {
    films.insert(films.begin(), add_film(person));
    REQUIRE(client.post(detail_path(films[0], "/watch/"), json::object()).status == 201);
  }
  CHECK(watchlist(client) == films);
  std::vector<std::size_t> sizes;
  CHECK(walk(client, "/api/movies/watch/?limit=2", "", &sizes) == films);
  CHECK(sizes == std::vector<std::size_t>{2, 1});
  CHECK(field_faults(client.get("/api/movies/watch/?limit=-5"), "limit") == "");
  CHECK(field_faults(client.get("/api/movies/watch/?cursor=z"), "cursor", "Invalid cursor") == "");
}

TEST_CASE("a watchlist takes only films that exist, and needs a user") {
  HttpClient client = client_of(new_person());
  for (const char* slash : {"/watch/", "/watch"}) {
    const std::string path = detail_path(kNobody, slash);
    CHECK(error_faults(client.post(path, json::object()), 404, kNoFilm) == "");
    CHECK(error_faults(client.del(path), 404, kNoFilm) == "");
    CHECK(error_faults(anybody().post(path, json::object()), 401) == "");
    CHECK(error_faults(anybody().del(path), 401) == "");
  }
  CHECK(error_faults(client.post("/api/movie/abc/watch/", json::object()), 404) == "");
  CHECK(error_faults(anybody().get("/api/movies/watch/"), 401) == "");
}
