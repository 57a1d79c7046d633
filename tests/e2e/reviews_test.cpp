// Reviews: the review client's /api/reviews, /api/reviews/{id} and /api/movies/{id}/reviews.
#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

json review_of(std::int64_t film_id, const json& rating = 4.5) {
  return {{"movie_id", film_id}, {"rating", rating}, {"comment", "Worth every minute."}};
}

std::int64_t add_review(HttpClient& client, std::int64_t film_id, const json& rating = 4.5) {
  auto reply = client.post("/api/reviews", review_of(film_id, rating));
  REQUIRE(message_faults(reply, 201, "Review created") == "");
  return reply.json().value("id", std::int64_t{0});
}

std::string path_of(std::int64_t review) {
  return "/api/reviews/" + std::to_string(review);
}

}  // namespace

TEST_CASE("a review reads back alone, with its film and among all") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  auto id = add_review(client, film_id);

  auto got = anybody().get(path_of(id));
  CHECK(success_faults(got, 200) == "");
  json review = got.json();
  CHECK(shape_faults(review, kReviewShape) == "");
  CHECK(review["id"] == id);
  CHECK(review["movie_id"] == film_id);
  CHECK(review["user_id"] == author.id);
  CHECK(review["username"] == author.username);
  CHECK(review["rating"] == 4.5);
  CHECK(review["comment"] == "Worth every minute.");
  CHECK(review["updated_at"].is_null());
  CHECK(anybody().get(path_of(id) + "/").json() == review);

  for (const char* slash : {"", "/"}) {
    auto of_film = anybody().get(movie_path(film_id, std::string("/reviews") + slash));
    CHECK(success_faults(of_film, 200) == "");
    CHECK(of_film.json() == json::array({review}));
    auto all = anybody().get(std::string("/api/reviews") + slash);
    CHECK(success_faults(all, 200) == "");
    CHECK(shapes_faults(all.json(), kReviewShape) == "");
    CHECK(all.json().size() <= 20);
    CHECK(all.json()[0] == review);
  }
}

TEST_CASE("a review may be posted under its film") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  json body = with_unknown_fields(review_of(kNobody));
  auto reply = client.post(movie_path(film_id, "/reviews"), body);
  REQUIRE(message_faults(reply, 201, "Review created") == "");
  auto id = reply.json()["id"].get<std::int64_t>();
  CHECK(client.get(path_of(id)).json()["movie_id"] == film_id);
}

TEST_CASE("an incomplete or wrong review is refused") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  for (const char* field : {"movie_id", "rating", "comment"}) {
    CAPTURE(field);
    json body = review_of(film_id);
    const std::string text = std::string("Missing required field: ") + field;
    body.erase(field);
    CHECK(error_faults(client.post("/api/reviews", body), 400, text) == "");
    body[field] = nullptr;
    CHECK(error_faults(client.post("/api/reviews", body), 400, text) == "");
    body[field] = "";
    CHECK(error_faults(client.post("/api/reviews/", body), 400, text) == "");
  }
  json blank = review_of(film_id);
  blank["comment"] = " \n ";
  CHECK(error_faults(client.post("/api/reviews", blank), 400, "Missing required field: comment") ==
        "");
  for (const json& rating : {json(-0.1), json(5.1), json(-1), json(10), json(1e300)}) {
    CAPTURE(rating.dump());
    auto reply = client.post("/api/reviews", review_of(film_id, rating));
    CHECK(error_faults(reply, 400, "Rating must be between 0 and 5") == "");
    CHECK(field_faults(reply, "rating") == "");
  }
  for (const json& rating : {json("five"), json(true), json::array(), json::object()}) {
    CAPTURE(rating.dump());
    auto reply = client.post("/api/reviews", review_of(film_id, rating));
    CHECK(error_faults(reply, 400, "Rating must be a number") == "");
    CHECK(field_faults(reply, "rating") == "");
  }
  json body = review_of(film_id);
  body["movie_id"] = "seven";
  CHECK(field_faults(client.post("/api/reviews", body), "movie_id") == "");
  body = review_of(film_id);
  body["comment"] = 5;
  CHECK(field_faults(client.post("/api/reviews", body), "comment") == "");
  body["comment"] = std::string(10'001, 'c');
  CHECK(field_faults(client.post("/api/reviews", body), "comment") == "");
  CHECK(client.get(movie_path(film_id, "/reviews")).json() == json::array());
  CHECK(movie_of(client, film_id)["rating_count"] == 0);
  body["comment"] = std::string(10'000, 'c');
  CHECK(message_faults(client.post("/api/reviews", body), 201, "Review created") == "");
}

TEST_CASE("what does not exist is neither reviewed nor found") {
  HttpClient client = client_of(new_person());
  const std::string no_film = "Movie not found";
  CHECK(error_faults(client.post("/api/reviews", review_of(kNobody)), 404, no_film) == "");
  CHECK(error_faults(client.post(movie_path(kNobody, "/reviews"), review_of(1)), 404, no_film) ==
        "");
  CHECK(error_faults(client.get(movie_path(kNobody, "/reviews")), 404, no_film) == "");
  const std::string no_review = "Review not found";
  for (auto id : {kNobody, std::int64_t{0}, std::int64_t{-1}}) {
    CHECK(error_faults(client.get(path_of(id)), 404, no_review) == "");
    CHECK(error_faults(client.put(path_of(id), {{"comment", "x"}}), 404, no_review) == "");
    CHECK(error_faults(client.del(path_of(id)), 404, no_review) == "");
  }
  CHECK(error_faults(client.get("/api/reviews/abc"), 404) == "");
}

TEST_CASE("a user reviews a film once") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  auto id = add_review(client, film_id, 2);
  auto again = client.post("/api/reviews", review_of(film_id, 5));
  CHECK(error_faults(again, 409, "You already reviewed this movie") == "");
  CHECK(detail_of(client, film_id)["rated"] == 2);
  REQUIRE(message_faults(client.del(path_of(id)), 200, "Review deleted successfully") == "");
  add_review(client, film_id, 5);
}

TEST_CASE("the author changes any part of a review") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  auto id = add_review(client, film_id);
  const std::string updated = "Review updated successfully";
  CHECK(message_faults(client.put(path_of(id), {{"comment", "On reflection, less."}}), 200,
                       updated) == "");
  json review = client.get(path_of(id)).json();
  CHECK(review["comment"] == "On reflection, less.");
  CHECK(review["rating"] == 4.5);
  CHECK(shape_faults(review, "updated_at:time") == "");

  CHECK(message_faults(client.put(path_of(id) + "/", with_unknown_fields({{"rating", 1.5}})), 200,
                       updated) == "");
  auto patched = client.request("PATCH", path_of(id), R"({"comment":"  Even less. "})");
  CHECK(message_faults(patched, 200, updated) == "");
  review = client.get(path_of(id)).json();
  CHECK(review["rating"] == 1.5);
  CHECK(review["comment"] == "Even less.");
  CHECK(movie_of(client, film_id)["rating"] == 3);

  CHECK(error_faults(client.put(path_of(id), {{"rating", 5.5}}), 400,
                     "Rating must be between 0 and 5") == "");
  CHECK(error_faults(client.put(path_of(id), {{"rating", "x"}}), 400, "Rating must be a number") ==
        "");
  CHECK(field_faults(client.put(path_of(id), {{"comment", " "}, {"rating", 5}}), "comment") == "");
  CHECK(client.get(path_of(id)).json() == review);
}

TEST_CASE("another user neither changes nor deletes a review, an administrator deletes any") {
  if (without_control()) return;
  Person author = new_person();
  HttpClient client = client_of(author);
  auto id = add_review(client, add_film(author));
  json before = client.get(path_of(id)).json();
  HttpClient other = client_of(new_person());
  CHECK(error_faults(other.put(path_of(id), {{"comment", "Mine"}}), 403,
                     "Unauthorized to update this review") == "");
  CHECK(error_faults(other.del(path_of(id)), 403, "Unauthorized to delete this review") == "");
  CHECK(error_faults(anybody().put(path_of(id), {{"comment", "Mine"}}), 401) == "");
  CHECK(error_faults(anybody().del(path_of(id)), 401) == "");
  CHECK(error_faults(anybody().post("/api/reviews", review_of(1)), 401) == "");
  CHECK(client.get(path_of(id)).json() == before);
  HttpClient admin = client_of(new_admin());
  CHECK(message_faults(admin.del(path_of(id)), 200, "Review deleted successfully") == "");
  CHECK(error_faults(client.get(path_of(id)), 404, "Review not found") == "");
}

TEST_CASE("a review's rating is its author's rating of the film") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  auto id = add_review(client, film_id, 3.5);
  json detail = detail_of(client, film_id);
  CHECK(detail["rated"] == 3.5);
  CHECK(detail["average_rating"] == 3.5);
  json movie = movie_of(client, film_id);
  CHECK(movie["rating"] == 7);
  CHECK(movie["rating_count"] == 1);

  REQUIRE(client.post(detail_path(film_id, "/rate/"), {{"rating", 5}}).status == 200);
  CHECK(client.get(path_of(id)).json()["rating"] == 5);
  CHECK(client.get(movie_path(film_id, "/reviews")).json()[0]["rating"] == 5);

  auto deleted = client.del(path_of(id) + "/");
  CHECK(message_faults(deleted, 200, "Review deleted successfully") == "");
  detail = detail_of(client, film_id);
  CHECK(detail["rated"] == 0);
  CHECK(detail["average_rating"].is_null());
  CHECK(movie_of(client, film_id)["rating"] == 7.5);
  CHECK(client.get(movie_path(film_id, "/reviews")).json() == json::array());
  CHECK(error_faults(client.del(path_of(id)), 404, "Review not found") == "");
}

TEST_CASE("a review may give no star at all") {
  Person author = new_person();
  HttpClient client = client_of(author);
  auto film_id = add_film(author);
  auto id = add_review(client, film_id, 0);
  CHECK(client.get(path_of(id)).json()["rating"] == 0);
  CHECK(movie_of(client, film_id)["rating"] == 0);
}

TEST_CASE("reviews come newest first and in parts") {
  Person owner = new_person();
  auto film_id = add_film(owner);
  Ids reviews;
  for (int i = 0; i < 5; ++i) {
    HttpClient client = client_of(new_person());
    reviews.insert(reviews.begin(), add_review(client, film_id));
  }
  HttpClient client = anybody();
  const std::string path = movie_path(film_id, "/reviews");
  CHECK(ids_of(client.get(path).json()) == reviews);
  std::vector<std::size_t> sizes;
  CHECK(walk(client, path + "?limit=2", "", &sizes) == reviews);
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
  CHECK(ids_of(client.get(path + "?limit=2&page=3").json()) == Ids{reviews[4]});
  Ids all = walk(client, "/api/reviews?limit=100", "");
  CHECK(std::is_sorted(all.rbegin(), all.rend()));
  CHECK(Ids(all.begin(), all.begin() + 5) == reviews);
  for (const auto& list : {path, std::string("/api/reviews")}) {
    CHECK(field_faults(client.get(list + "?limit=x"), "limit", "Invalid limit format") == "");
    CHECK(field_faults(client.get(list + "?page=-1"), "page") == "");
    CHECK(field_faults(client.get(list + "?cursor=x"), "cursor", "Invalid cursor") == "");
  }
}
