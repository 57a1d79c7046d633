// What is cached, in two movie services and any number of gateways, and that nobody notices but by
// ETag and speed. The suite runs two movie services: reads and writes land on either.
#include <functional>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"
#include "tests/e2e/side.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

// Enough that a read after a write meets the other movie service many times.
constexpr int kRounds = 25;

// A film of a genre and title that nothing else has, so that its searches find it alone.
struct Subject {
  Person owner = new_person();
  HttpClient client = client_of(owner);
  std::string word = unique_name("cached");
  std::int64_t id = add_film(owner, {{"title", word}, {"genre", word}, {"rating", 7}});

  json in_movie() { return movie_of(client, id); }
  json in_list() { return entry_of(client.get("/api/movies").json(), id); }
  json in_search() {
    return entry_of(client.get("/api/movies/search?genre=" + word).json()["data"], id);
  }
  json in_cards() { return entry_of(client.get("/api/movie/search/?title=" + word).json(), id); }
  json in_detail() { return detail_of(client, id); }
  json anonymous_detail() {
    HttpClient nobody = anybody();
    return detail_of(nobody, id);
  }
  // Reads it everywhere, so that everything is cached that can be.
  void warm() {
    for (int i = 0; i < 4; ++i) {
      in_movie(), in_list(), in_search(), in_cards(), in_detail(), anonymous_detail();
    }
  }
};

// How many of kRounds rounds of a write and a read behind it did not see the write.
int stale_reads(const std::function<bool(int)>& write_then_reads_it) {
  int stale = 0;
  for (int round = 0; round < kRounds; ++round) stale += write_then_reads_it(round) ? 0 : 1;
  return stale;
}

std::string etag_of(const HttpReply& reply) {
  return reply.header("etag");
}

// The answer once it is kept: word of earlier writes may come in over the bus and drop it again,
// and two replicas may each say that it comes from the database.
HttpReply settled(HttpClient& client, const std::string& path) {
  HttpReply reply = client.get(path);
  testing::eventually([&] {
    std::string before = etag_of(reply);
    reply = client.get(path);
    return etag_of(reply) == before &&
           reply.body.find("Results retrieved from database") == std::string::npos;
  });
  return reply;
}

// What is wrong with how `path` answers to who has it already; empty: nothing.
std::string revalidation_faults(HttpClient& client, const std::string& path) {
  const HttpReply full = settled(client, path);
  const std::string tag = etag_of(full);
  if (full.status != 200) return "answers " + std::to_string(full.status);
  if (tag.size() <= 2 || tag.front() != '"') return "has the tag " + tag;
  if (full.header("cache-control").find("no-cache") == std::string::npos) return "may be kept";
  for (const auto& condition : {tag, "\"other\", " + tag, "W/" + tag, std::string("*")}) {
    auto reply = client.request("GET", path, "", {{"If-None-Match", condition}});
    if (reply.status != 304 || !reply.body.empty() || etag_of(reply) != tag) {
      return condition + " of " + tag + " gets " + std::to_string(reply.status) + " with " +
             etag_of(reply) + ' ' + reply.body;
    }
  }
  auto other = client.request("GET", path, "", {{"If-None-Match", "\"other\""}});
  if (other.status != 200 || other.json() != full.json()) return "another tag gets " + other.body;
  return "";
}

}  // namespace

TEST_CASE("a changed film shows its change at once, wherever it is read") {
  Subject film;
  using Read = json (Subject::*)();
  for (Read read : {&Subject::in_movie, &Subject::in_list, &Subject::in_search, &Subject::in_cards,
                    &Subject::in_detail, &Subject::anonymous_detail}) {
    film.warm();
    CHECK(stale_reads([&](int round) {
            REQUIRE(film.client.put(movie_path(film.id), {{"runtime", 100 + round}}).status == 200);
            return (film.*read)().value("runtime", 0) == 100 + round;
          }) == 0);
  }
}

TEST_CASE("a new film is in the lists at once, a removed one out of them") {
  Subject first;
  HttpClient& client = first.client;
  CHECK(stale_reads([&](int) {
          first.warm();
          auto id = add_film(first.owner, {{"title", "More"}, {"genre", first.word}});
          json found = client.get("/api/movies/search?genre=" + first.word).json()["data"];
          bool seen = lists(found, id) && lists(client.get("/api/movies").json(), id);
          REQUIRE(client.del(movie_path(id)).status == 200);
          found = client.get("/api/movies/search?genre=" + first.word).json()["data"];
          return seen && !lists(found, id) && !lists(client.get("/api/movies").json(), id) &&
                 client.get(movie_path(id)).status == 404;
        }) == 0);
}

TEST_CASE("a rating shows at once in every average") {
  Subject film;
  film.warm();
  CHECK(
      stale_reads([&](int round) {
        double stars = round % 2 == 0 ? 1.5 : 4.5;
        auto status = film.client.post(detail_path(film.id, "/rate/"), {{"rating", stars}}).status;
        REQUIRE((status == 200 || status == 201));
        return film.in_movie()["rating"] == stars * 2 && film.in_list()["rating"] == stars * 2 &&
               film.in_search()["rating"] == stars * 2 && film.in_detail()["rated"] == stars &&
               film.anonymous_detail()["average_rating"] == stars;
      }) == 0);
  CHECK(stale_reads([&](int) {
          film.client.post(detail_path(film.id, "/rate/"), {{"rating", 1}});
          film.warm();
          REQUIRE(film.client.del(detail_path(film.id, "/rate/")).status == 204);
          return film.in_movie()["rating"] == 7 && film.in_detail()["rated"] == 0 &&
                 film.anonymous_detail()["average_rating"].is_null();
        }) == 0);
}

TEST_CASE("a review shows at once, changed and gone as well") {
  Subject film;
  HttpClient& client = film.client;
  const std::string of_film = movie_path(film.id, "/reviews");
  CHECK(stale_reads([&](int) {
          client.get(of_film), client.get("/api/reviews"), film.warm();
          auto reply = client.post("/api/reviews",
                                   {{"movie_id", film.id}, {"rating", 2}, {"comment", "Short."}});
          REQUIRE(reply.status == 201);
          auto id = reply.json()["id"].get<std::int64_t>();
          const std::string path = "/api/reviews/" + std::to_string(id);
          bool seen = ids_of(client.get(of_film).json()) == Ids{id} &&
                      lists(client.get("/api/reviews").json(), id) &&
                      client.get(path).json()["rating"] == 2 && film.in_movie()["rating"] == 4 &&
                      film.anonymous_detail()["average_rating"] == 2;
          REQUIRE(client.put(path, {{"rating", 3}}).status == 200);
          seen = seen && client.get(path).json()["rating"] == 3 &&
                 entry_of(client.get(of_film).json(), id)["rating"] == 3 &&
                 entry_of(client.get("/api/reviews").json(), id)["rating"] == 3 &&
                 film.in_movie()["rating"] == 6 && film.in_search()["rating"] == 6;
          client.post(detail_path(film.id, "/rate/"), {{"rating", 5}});
          seen = seen && client.get(path).json()["rating"] == 5 &&
                 entry_of(client.get(of_film).json(), id)["rating"] == 5 &&
                 entry_of(client.get("/api/reviews").json(), id)["rating"] == 5;
          REQUIRE(client.del(path).status == 200);
          return seen && client.get(path).status == 404 &&
                 client.get(of_film).json() == json::array() &&
                 !lists(client.get("/api/reviews").json(), id) && film.in_movie()["rating"] == 7;
        }) == 0);
}

TEST_CASE("a comment shows at once, and is gone at once") {
  Subject film;
  HttpClient& client = film.client;
  const std::string list = detail_path(film.id, "/comments/");
  CHECK(stale_reads([&](int round) {
          client.get(list);
          std::string text = "Round " + std::to_string(round);
          REQUIRE(client.post(detail_path(film.id, "/comment/"), {{"body", text}}).status == 201);
          json found = client.get(list).json();
          if (found.size() != 1 || found[0]["body"] != text) return false;
          auto id = std::to_string(found[0]["id"].get<std::int64_t>());
          REQUIRE(client.del(detail_path(film.id, "/comment/?comment_id=" + id)).status == 204);
          return client.get(list).json() == json::array();
        }) == 0);
}

TEST_CASE("the popular films follow the ratings at once") {
  Subject film;
  HttpClient& client = film.client;
  REQUIRE(client.put(movie_path(film.id), {{"rating", 10}}).status == 200);
  std::vector<HttpClient> fans;
  for (int i = 0; i < 12; ++i) {
    fans.push_back(client_of(new_person()));
    REQUIRE(fans.back().post(detail_path(film.id, "/rate/"), {{"rating", 5}}).status == 201);
  }
  CHECK(lists(client.get("/api/movies/popular?limit=100").json()["data"], film.id));
  CHECK(lists(client.get("/api/movies/popular/").json(), film.id));
  for (auto& fan : fans) fan.post(detail_path(film.id, "/rate/"), {{"rating", 0.5}});
  CHECK_FALSE(lists(client.get("/api/movies/popular").json()["data"], film.id));
  CHECK_FALSE(lists(client.get("/api/movies/popular/").json(), film.id));
}

TEST_CASE("a second read of an envelope says that it comes from the cache") {
  Subject film;
  for (const auto& path : {"/api/movies/search?genre=" + film.word,
                           "/api/movies/search?title=" + film.word + "&limit=5"}) {
    CAPTURE(path);
    auto first = anybody().get(path);
    CHECK(message_faults(first, 200, "Results retrieved from database") == "");
    auto second = settled(film.client, path);
    CHECK(message_faults(second, 200, "Results retrieved from cache") == "");
    CHECK(second.json()["data"] == first.json()["data"]);
  }
  auto popular = settled(film.client, "/api/movies/popular");
  CHECK(message_faults(popular, 200, "Results retrieved from cache") == "");
}

TEST_CASE("cached routes answer 304 to who has the same already") {
  Subject film;
  HttpClient& client = film.client;
  REQUIRE(client.post("/api/reviews", {{"movie_id", film.id}, {"rating", 2}, {"comment", "Short."}})
              .status == 201);
  REQUIRE(client.post(detail_path(film.id, "/comment/"), {{"body", "Hm."}}).status == 201);
  HttpClient nobody = anybody();
  for (const auto& path :
       {movie_path(film.id), detail_path(film.id), std::string("/api/movies"),
        "/api/movies/search?genre=" + film.word, std::string("/api/movies/popular"),
        movie_path(film.id, "/reviews"), std::string("/api/reviews"), std::string("/api/genres"),
        detail_path(film.id, "/comments/")}) {
    CAPTURE(path);
    std::string faults;
    // Again where word of a write came in between.
    testing::eventually([&] { return (faults = revalidation_faults(nobody, path)).empty(); });
    CHECK(faults == "");
  }
  auto personal = client.get(detail_path(film.id));
  CHECK(etag_of(personal) == "");
  CHECK(personal.header("cache-control").find("no-store") != std::string::npos);

  std::string old_tag = etag_of(settled(nobody, movie_path(film.id)));
  REQUIRE(client.put(movie_path(film.id), {{"runtime", 9}}).status == 200);
  auto changed = nobody.request("GET", movie_path(film.id), "", {{"If-None-Match", old_tag}});
  CHECK(changed.status == 200);
  CHECK(etag_of(changed) != old_tag);
}

TEST_CASE("another gateway hears of a change") {
  if (without_control()) return;
  Subject film;
  SideGateway side(Suite::shared());
  HttpClient other = side.client();
  for (int runtime = 1; runtime <= 5; ++runtime) {
    movie_of(other, film.id), movie_of(other, film.id);
    REQUIRE(film.client.put(movie_path(film.id), {{"runtime", runtime}}).status == 200);
    CHECK(testing::eventually([&] { return movie_of(other, film.id)["runtime"] == runtime; }));
    CHECK(movie_of(other, film.id)["runtime"] == runtime);
  }
}

TEST_CASE("only an administrator clears the caches") {
  if (without_control()) return;
  Subject film;
  const std::string path = "/api/movies/search?genre=" + film.word;
  HttpClient reader = anybody();
  settled(reader, path);
  CHECK(message_faults(anybody().get(path), 200, "Results retrieved from cache") == "");
  CHECK(error_faults(anybody().del("/api/movies/cache/clear"), 401) == "");
  CHECK(error_faults(film.client.del("/api/movies/cache/clear"), 403) == "");
  CHECK(message_faults(anybody().get(path), 200, "Results retrieved from cache") == "");
  HttpClient admin = client_of(new_admin());
  for (const char* slash : {"", "/"}) {
    auto reply = admin.del(std::string("/api/movies/cache/clear") + slash);
    CHECK(message_faults(reply, 200, "All cache cleared successfully") == "");
  }
  // It goes over the bus; what is read meanwhile is cached anew.
  CHECK(testing::eventually([&] {
    if (anybody().get(path).json()["message"] == "Results retrieved from database") return true;
    admin.del("/api/movies/cache/clear");
    return false;
  }));
}

TEST_CASE("what a deleted account rated, reviewed and said goes away") {
  Subject film;
  Person leaver = new_person();
  HttpClient client = client_of(leaver);
  HttpClient nobody = anybody();
  REQUIRE(client.post("/api/reviews", {{"movie_id", film.id}, {"rating", 1}, {"comment", "Bye."}})
              .status == 201);
  REQUIRE(client.post(detail_path(film.id, "/comment/"), {{"body", "Bye."}}).status == 201);
  REQUIRE(client.post(detail_path(film.id, "/watch/"), json::object()).status == 201);
  auto own_film = add_film(leaver);
  auto reviews = nobody.get(movie_path(film.id, "/reviews")).json();
  REQUIRE(reviews.size() == 1);
  film.warm();
  REQUIRE(client.del("/api/user/delete/").status == 204);
  CHECK(testing::eventually([&] { return film.in_movie()["rating"] == 7; }));
  CHECK(testing::eventually([&] { return film.anonymous_detail()["average_rating"].is_null(); }));
  CHECK(testing::eventually(
      [&] { return nobody.get(movie_path(film.id, "/reviews")).json() == json::array(); }));
  CHECK(testing::eventually(
      [&] { return nobody.get(detail_path(film.id, "/comments/")).json() == json::array(); }));
  auto review = "/api/reviews/" + std::to_string(reviews[0]["id"].get<std::int64_t>());
  CHECK(testing::eventually([&] { return nobody.get(review).status == 404; }));
  CHECK(testing::eventually([&] { return movie_of(nobody, own_film)["created_by"].is_null(); }));
  CHECK(error_faults(client.get("/api/user/movies/rated/"), 401) == "");
  auto rated = "/api/user/" + std::to_string(leaver.id) + "/movies/rated/";
  CHECK(testing::eventually([&] { return film.client.get(rated).status == 404; }));
}
