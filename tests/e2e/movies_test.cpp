// Browsing and adding films: rows 2, 6-8 and 10 of the review client, 16 and 20 of MovieConnect.
#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

json without(json body, const std::string& field) {
  body.erase(field);
  return body;
}

json with(json body, const std::string& field, json value) {
  body[field] = std::move(value);
  return body;
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("a film that a user adds reads back in the review client's shape") {
  Person owner = new_person();
  json body = film();
  auto reply = client_of(owner).post("/api/movies", body);
  REQUIRE(message_faults(reply, 201, "Movie created") == "");
  auto id = reply.json().value("id", std::int64_t{0});
  REQUIRE(id > 0);

  auto got = anybody().get(movie_path(id));
  CHECK(success_faults(got, 200) == "");
  json movie = got.json();
  CHECK(shape_faults(movie, kMovieShape) == "");
  for (const auto& [field, value] : body.items()) {
    CAPTURE(field);
    CHECK(movie[field] == value);
  }
  CHECK(movie["id"] == id);
  CHECK(movie["overview"] == body["description"]);
  CHECK(movie["average_rating"] == 7.5);
  CHECK(movie["rating_count"] == 0);
  CHECK(movie["adult"] == false);
  CHECK(movie["created_by"] == owner.id);
  CHECK(anybody().get(movie_path(id, "/")).json() == movie);
}

TEST_CASE("a film that a user adds reads back in MovieConnect's shape") {
  Person owner = new_person();
  json body = film();
  body["adult"] = true;
  body["actors"] =
      json::array({{{"name", "Zoe First"}, {"character", "The Hero"}}, {{"name", "Abe Second"}}});
  auto id = add_film(owner, body);

  auto got = anybody().get(detail_path(id));
  CHECK(success_faults(got, 200) == "");
  json detail = got.json();
  CHECK(shape_faults(detail, kMovieDetailShape) == "");
  CHECK(detail["title"] == body["title"]);
  CHECK(detail["overview"] == body["description"]);
  CHECK(detail["release_date"] == "2008-07-18");
  CHECK(detail["runtime"] == 152);
  CHECK(detail["adult"] == true);
  CHECK(detail["genres"] ==
        json::array({{{"name", "Action"}}, {{"name", "Crime"}}, {{"name", "Drama"}}}));
  CHECK(detail["directors"] == json::array({{{"name", "Ada Example"}}}));
  CHECK(detail["actors"] == json::array({{{"name", "Zoe First"}, {"character", "The Hero"}},
                                         {{"name", "Abe Second"}, {"character", nullptr}}}));
  CHECK(detail["average_rating"].is_null());
  CHECK(detail["rated"] == 0);
  CHECK(detail["on_watchlist"] == false);
  CHECK(detail["histogram"] == json(std::vector<int>(10, 0)));
  CHECK(anybody().get(detail_path(id, "")).json() == detail);
}

TEST_CASE("a title is all that a film needs") {
  Person owner = new_person();
  json body = {{"title", unique_name("bare")}};
  SECTION("nothing else given") {}
  SECTION("empty texts for a date, a rating and a runtime") {
    body.update({{"release_date", ""}, {"rating", ""}, {"runtime", ""}, {"description", ""}});
  }
  SECTION("null for all") {
    for (const char* field : {"description", "rating", "genre", "poster_url", "release_date",
                              "director", "runtime", "adult", "actors"}) {
      body[field] = nullptr;
    }
  }
  auto id = add_film(owner, body);
  HttpClient client = anybody();
  json movie = movie_of(client, id);
  CHECK(shape_faults(movie, kMovieShape) == "");
  for (const char* field : {"description", "overview", "rating", "average_rating", "poster_url",
                            "release_date", "director", "runtime"}) {
    CAPTURE(field);
    CHECK(movie[field].is_null());
  }
  CHECK(movie["genre"] == "");
}

TEST_CASE("a new film is taken at the limits of its fields") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  json title = film()["title"];
  const std::string longest =
      repeated("é", 501 - static_cast<int>(title.dump().size())) + ' ' + title.get<std::string>();
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, json>>{{"title", longest},
                                                 {"description", repeated("ж", 10'000)},
                                                 {"rating", 0},
                                                 {"rating", 10},
                                                 {"rating", 9.5},
                                                 {"runtime", 0},
                                                 {"runtime", 6000},
                                                 {"release_date", "2024-02-29"},
                                                 {"release_date", "1888-10-14"},
                                                 {"genre", "Sci-Fi & Fantasy"},
                                                 {"poster_url", nullptr}}) {
    CAPTURE(field, value.dump().substr(0, 60));
    auto reply = client.post("/api/movies", with(film(), field, value));
    REQUIRE(message_faults(reply, 201, "Movie created") == "");
    CHECK(movie_of(client, reply.json()["id"].get<std::int64_t>())[field] == value);
  }
}

TEST_CASE("a new film with a wrong field is refused with its name") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  const std::string missing = "Missing required field: title";
  for (const auto& body : {json::object(), without(film(), "title"), with(film(), "title", ""),
                           with(film(), "title", nullptr), with(film(), "title", " \t ")}) {
    CAPTURE(body.dump());
    auto reply = client.post("/api/movies", body);
    CHECK(error_faults(reply, 400, missing) == "");
    CHECK(field_faults(reply, "title") == "");
  }
  CHECK(error_faults(
            client.request("POST", "/api/movies", "", {{"Content-Type", "application/json"}}), 400,
            missing) == "");

  for (const auto& [field, value] :
       std::vector<std::pair<std::string, json>>{{"title", repeated("t", 501)},
                                                 {"title", 5},
                                                 {"title", json::array({"a"})},
                                                 {"description", repeated("d", 10'001)},
                                                 {"description", json::object()},
                                                 {"rating", -0.1},
                                                 {"rating", 10.1},
                                                 {"rating", "good"},
                                                 {"rating", true},
                                                 {"runtime", -1},
                                                 {"runtime", 6001},
                                                 {"runtime", 1.5},
                                                 {"runtime", "long"},
                                                 {"genre", 7},
                                                 {"genre", json::array({"Drama"})},
                                                 {"adult", "yes"},
                                                 {"release_date", "18/07/2008"},
                                                 {"release_date", "2023-02-30"},
                                                 {"release_date", "2023-13-01"},
                                                 {"release_date", "2008-7-18"},
                                                 {"release_date", 2008},
                                                 {"poster_url", "javascript:alert(1)"},
                                                 {"poster_url", "poster.jpg"},
                                                 {"poster_url", "https://a b"},
                                                 {"trailer_url", "ftp://example.org/a"},
                                                 {"director", json::object()},
                                                 {"actors", "Zoe First"}}) {
    CAPTURE(field, value.dump().substr(0, 60));
    CHECK(field_faults(client.post("/api/movies", with(film(), field, value)), field) == "");
  }
  CHECK(field_faults(
            client.post("/api/movies", with(film(), "actors", json::array({{{"name", " "}}}))),
            "actors[0].name") == "");
  CHECK(field_faults(client.post("/api/movies", with(film(), "release_date", "2023-02-30")),
                     "release_date", "Date has wrong format. Use YYYY-MM-DD.") == "");
}

TEST_CASE("fields that no film has are ignored, a slash more is the same path") {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  auto reply = client.post("/api/movies/", with_unknown_fields(film()));
  REQUIRE(message_faults(reply, 201, "Movie created") == "");
  CHECK(movie_of(client, reply.json()["id"].get<std::int64_t>())["rating"] == 7.5);
}

TEST_CASE("adding a film needs a user") {
  CHECK(error_faults(anybody().post("/api/movies", film()), 401) == "");
}

TEST_CASE("the list of films is a bare array in the order of ids") {
  Person owner = new_person();
  auto id = add_film(owner);
  auto reply = anybody().get("/api/movies");
  CHECK(success_faults(reply, 200) == "");
  json list = reply.json();
  CHECK(shapes_faults(list, kMovieShape) == "");
  Ids ids = ids_of(list);
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  HttpClient client = anybody();
  CHECK(entry_of(list, id) == movie_of(client, id));
  CHECK(ids_of(anybody().get("/api/movies/").json()) == ids);
  CHECK(ids_of(anybody().get("/api/movies?limit=1000000&no_such_parameter=1").json()) == ids);
}

TEST_CASE("the list of films comes in parts") {
  Person owner = new_person();
  for (int i = 0; i < 3; ++i) add_film(owner);
  HttpClient client = anybody();
  Ids all = ids_of(client.get("/api/movies").json());
  auto part = std::to_string((all.size() + 2) / 3);
  std::vector<std::size_t> sizes;
  CHECK(walk(client, "/api/movies?limit=" + part, "", &sizes) == all);
  CHECK(sizes.size() == 3);

  Ids by_page;
  for (const char* page : {"1", "2", "3", "4"}) {
    Ids ids = ids_of(client.get("/api/movies?page=" + std::string(page) + "&limit=" + part).json());
    by_page.insert(by_page.end(), ids.begin(), ids.end());
  }
  CHECK(by_page == all);
  for (const char* field : {"limit", "page"}) {
    for (const char* value : {"-1", "x", "1.5", "99999999999999999999"}) {
      CAPTURE(field, value);
      auto reply = client.get(std::string("/api/movies?") + field + "=" + value);
      CHECK(field_faults(reply, field) == "");
    }
  }
  CHECK(field_faults(client.get("/api/movies?cursor=nonsense"), "cursor", "Invalid cursor") == "");
}

TEST_CASE("a film that does not exist is 404") {
  HttpClient client = GENERATE(false, true) ? client_of(new_person()) : anybody();
  for (auto id : {kNobody, std::int64_t{0}, std::int64_t{-1}}) {
    for (const char* slash : {"", "/"}) {
      CAPTURE(id, slash);
      CHECK(error_faults(client.get(movie_path(id, slash)), 404, "Movie not found") == "");
      CHECK(error_faults(client.get(detail_path(id, slash)), 404, "Movie not found") == "");
    }
  }
  for (const char* id : {"abc", "1.5", "99999999999999999999"}) {
    CAPTURE(id);
    CHECK(error_faults(client.get(std::string("/api/movies/") + id), 404) == "");
    CHECK(error_faults(client.get(std::string("/api/movie/") + id + "/"), 404) == "");
  }
}

TEST_CASE("popular films: an envelope for all without the slash, cards for users with it") {
  auto reply = anybody().get("/api/movies/popular");
  CHECK(success_faults(reply, 200) == "");
  json envelope = reply.json();
  CHECK(envelope["message"].is_string());
  CHECK(shapes_faults(envelope["data"], kMovieShape) == "");
  CHECK(envelope["data"].size() <= 10);

  CHECK(error_faults(anybody().get("/api/movies/popular/"), 401) == "");
  HttpClient client = client_of(new_person());
  json cards = client.get("/api/movies/popular/").json();
  CHECK(shapes_faults(cards, kMovieCardShape) == "");
  CHECK(cards.size() <= 30);
  Ids ten = ids_of(envelope["data"]);
  Ids thirty = ids_of(cards);
  REQUIRE(thirty.size() >= ten.size());
  CHECK(Ids(thirty.begin(), thirty.begin() + static_cast<std::ptrdiff_t>(ten.size())) == ten);
  CHECK(std::set<std::int64_t>(thirty.begin(), thirty.end()).size() == thirty.size());
}

TEST_CASE("the status and the genres are for all") {
  for (const char* path : {"/api/movies/status", "/api/movies/status/"}) {
    json status = anybody().get(path).json();
    CHECK(status["status"] == "OK");
    CHECK(status["database"] == "Connected");
  }
  std::string genre = "Genre " + unique_name("g");
  Person owner = new_person();
  add_film(owner, with(film(), "genre", genre));
  add_film(owner, with(film(), "genre", genre + ", Drama"));
  json genres = anybody().get("/api/genres").json();
  REQUIRE(genres.is_array());
  auto found = std::find_if(genres.begin(), genres.end(),
                            [&](const json& entry) { return entry["name"] == genre; });
  REQUIRE(found != genres.end());
  CHECK((*found)["movie_count"] == 2);
}
