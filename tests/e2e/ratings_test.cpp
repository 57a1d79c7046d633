// Rating films: rows 8, 23 and 28 of MovieConnect; one scale stored, each client shown its own.
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

constexpr char kSubmitted[] = "Rating submitted successfully";

HttpReply rate(HttpClient& client, std::int64_t film_id, json rating) {
  return client.post(detail_path(film_id, "/rate/"), {{"rating", std::move(rating)}});
}

std::string rated_path(std::int64_t user) {
  return "/api/user/" + std::to_string(user) + "/movies/rated/";
}

}  // namespace

TEST_CASE("the first rating of a film is 201, a change of it 200") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  auto first = rate(client, id, 4);
  CHECK(message_faults(first, 201, kSubmitted) == "");
  json data = first.json()["data"];
  CHECK(shape_faults(data, kRatingShape) == "");
  CHECK(data["movie"] == id);
  CHECK(data["user"] == person.id);
  CHECK(data["rating"] == 4);
  CHECK_FALSE(first.json().contains("created"));

  auto second = client.post(detail_path(id, "/rate"), with_unknown_fields({{"rating", 2.5}}));
  CHECK(message_faults(second, 200, kSubmitted) == "");
  CHECK(second.json()["data"]["rating"] == 2.5);
  CHECK(second.json()["data"]["id"] == data["id"]);

  json detail = detail_of(client, id);
  CHECK(detail["rated"] == 2.5);
  CHECK(detail["average_rating"] == 2.5);
  CHECK(detail["rating_count"] == 1);
  json movie = movie_of(client, id);
  CHECK(movie["rating"] == 5);
  CHECK(movie["average_rating"] == 5);
  CHECK(movie["rating_count"] == 1);
}

TEST_CASE("ratings are half stars") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  for (const auto& [sent, stored] : std::vector<std::pair<json, double>>{{0.5, 0.5},
                                                                         {1, 1},
                                                                         {1.5, 1.5},
                                                                         {3.3, 3.5},
                                                                         {3.2, 3},
                                                                         {4.75, 5},
                                                                         {5, 5},
                                                                         {5.0, 5},
                                                                         {"4.5", 4.5}}) {
    CAPTURE(sent.dump());
    auto reply = rate(client, id, sent);
    CHECK((reply.status == 200 || reply.status == 201));
    CHECK(reply.json()["data"]["rating"] == stored);
    CHECK(detail_of(client, id)["rated"] == stored);
  }
}

TEST_CASE("a rating that is missing, no number or out of range is refused") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  const std::string path = detail_path(id, "/rate/");
  for (const char* body : {"{}", "", R"({"rating":null})", R"({"rating":""})", R"({"rated":4})"}) {
    CAPTURE(body);
    CHECK(error_faults(client.request("POST", path, body), 400, "Rating is required") == "");
  }
  for (const char* rating : {"0", "0.4", "-1", "5.1", "6", "10", "1e308", "-1e308"}) {
    CAPTURE(rating);
    auto reply = client.request("POST", path, std::string("{\"rating\":") + rating + "}");
    CHECK(field_faults(reply, "rating") == "");
  }
  for (const char* rating : {"\"great\"", "true", "[4]", "{\"stars\":4}", "\"NaN\"", "\"4 \""}) {
    CAPTURE(rating);
    auto reply = client.request("POST", path, std::string("{\"rating\":") + rating + "}");
    CHECK(field_faults(reply, "rating", "Rating must be a number") == "");
  }
  CHECK(detail_of(client, id)["average_rating"].is_null());
  CHECK(movie_of(client, id)["rating"] == 7.5);
}

TEST_CASE("only a user rates, and only a film that exists") {
  HttpClient client = client_of(new_person());
  CHECK(error_faults(rate(client, kNobody, 4), 404, "Movie not found") == "");
  CHECK(error_faults(client.del(detail_path(kNobody, "/rate/")), 404, "Movie not found") == "");
  CHECK(error_faults(client.post("/api/movie/abc/rate/", {{"rating", 4}}), 404) == "");
  HttpClient nobody = anybody();
  CHECK(error_faults(rate(nobody, 1, 4), 401) == "");
  CHECK(error_faults(nobody.get("/api/user/movies/rated/"), 401) == "");
}

TEST_CASE("a film's ratings are counted in ten bars and averaged in both scales") {
  Person owner = new_person();
  auto id = add_film(owner);
  std::vector<HttpClient> people;
  for (double stars : {0.5, 3.0, 3.0}) {
    people.push_back(client_of(new_person()));
    REQUIRE(rate(people.back(), id, stars).status == 201);
  }
  auto check = [&](const std::vector<int>& bars, double average, double out_of_10) {
    HttpClient nobody = anybody();
    json detail = detail_of(nobody, id);
    CHECK(detail["histogram"] == json(bars));
    CHECK(detail["rating_count"] == 3);
    CHECK(detail["average_rating"] == average);
    CHECK(detail["rated"] == 0);
    CHECK(movie_of(nobody, id)["rating"].get<double>() == testing::approx(out_of_10));
  };
  check({1, 0, 0, 0, 0, 2, 0, 0, 0, 0}, 2.2, 13.0 / 3);
  REQUIRE(rate(people[0], id, 5).status == 200);
  check({0, 0, 0, 0, 0, 2, 0, 0, 0, 1}, 3.7, 22.0 / 3);
  CHECK(detail_of(people[0], id)["rated"] == 5);
  CHECK(detail_of(people[1], id)["rated"] == 3);
}

TEST_CASE("a rating is withdrawn") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  REQUIRE(rate(client, id, 1).status == 201);
  for (const char* slash : {"/rate/", "/rate"}) {
    CHECK(no_content_faults(client.del(detail_path(id, slash))) == "");
    json detail = detail_of(client, id);
    CHECK(detail["average_rating"].is_null());
    CHECK(detail["rated"] == 0);
    CHECK(detail["histogram"] == json(std::vector<int>(10, 0)));
    CHECK(movie_of(client, id)["rating"] == 7.5);
    CHECK(client.get("/api/user/movies/rated/").json() == json::array());
  }
  CHECK(rate(client, id, 2).status == 201);
}

TEST_CASE("a user's rated films are listed, the latest rating first") {
  Person person = new_person();
  HttpClient client = client_of(person);
  CHECK(client.get("/api/user/movies/rated/").json() == json::array());
  Ids films;
  for (double stars : {1.5, 2.5, 3.5}) {
    films.push_back(add_film(person));
    REQUIRE(rate(client, films.back(), stars).status == 201);
  }
  HttpClient other = client_of(new_person());
  for (const auto& reply :
       {client.get("/api/user/movies/rated/"), client.get("/api/user/movies/rated"),
        other.get(rated_path(person.id))}) {
    CHECK(success_faults(reply, 200) == "");
    CHECK(shapes_faults(reply.json(), kRatedMovieShape) == "");
    CHECK(ids_of(reply.json()) == Ids{films[2], films[1], films[0]});
    CHECK(entry_of(reply.json(), films[0])["user_rating"] == 1.5);
  }
  REQUIRE(rate(client, films[0], 5).status == 200);
  json list = client.get("/api/user/movies/rated/").json();
  CHECK(ids_of(list) == Ids{films[0], films[2], films[1]});
  CHECK(list[0]["user_rating"] == 5);

  for (const auto& path : {std::string("/api/user/movies/rated/"), rated_path(person.id)}) {
    std::vector<std::size_t> sizes;
    CHECK(walk(client, path + "?limit=2", "", &sizes) == Ids{films[0], films[2], films[1]});
    CHECK(sizes == std::vector<std::size_t>{2, 1});
    CHECK(field_faults(client.get(path + "?limit=-1"), "limit") == "");
    CHECK(field_faults(client.get(path + "?cursor=abc"), "cursor") == "");
  }
  CHECK(other.get("/api/user/movies/rated/").json() == json::array());
}

TEST_CASE("the rated films of a private user are shown to nobody else") {
  Person person = new_person();
  HttpClient client = client_of(person);
  HttpClient other = client_of(new_person());
  auto id = add_film(person);
  REQUIRE(rate(client, id, 3).status == 201);
  CHECK(ids_of(other.get(rated_path(person.id)).json()) == Ids{id});
  REQUIRE(client.put("/api/user/update/", {{"is_private", true}}).status == 200);
  // By whichever of the movie services: each hears of it by itself.
  auto hidden = [&] { return other.get(rated_path(person.id)).status == 403; };
  CHECK(testing::eventually([&] { return hidden() && hidden() && hidden() && hidden(); }));
  CHECK(error_faults(other.get(rated_path(person.id)), 403) == "");
  CHECK(ids_of(client.get(rated_path(person.id)).json()) == Ids{id});
  REQUIRE(client.put("/api/user/update/", {{"is_private", false}}).status == 200);
  CHECK(testing::eventually([&] { return other.get(rated_path(person.id)).status == 200; }));

  CHECK(error_faults(other.get(rated_path(kNobody)), 404, "User not found") == "");
  CHECK(error_faults(other.get("/api/user/abc/movies/rated/"), 404) == "");
  CHECK(error_faults(anybody().get(rated_path(person.id)), 401) == "");
}
