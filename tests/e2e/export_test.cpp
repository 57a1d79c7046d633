// What a user takes along, over HTTP: as one stream of lines, of one's own things alone.
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

json record_of(const std::vector<std::string>& lines, const char* kind, std::int64_t movie) {
  for (const auto& line : lines) {
    const json record = json::parse(line, nullptr, false);
    if (record.value("kind", "") == kind && record.value("movie_id", 0) == movie) return record;
  }
  return {};
}

}  // namespace

TEST_CASE("an export has what its user said, and nothing of others") {
  Person person = new_person();
  HttpClient client = client_of(person);
  HttpClient other = client_of(new_person());
  const auto rated = add_film(person);
  const auto reviewed = add_film(person);
  CHECK(client.post(detail_path(rated, "/rate/"), {{"rating", 2.5}}).status == 201);
  for (auto* who : {&client, &other}) {
    const json review = {
        {"movie_id", reviewed}, {"rating", 4}, {"comment", "Line\nbreaks, \"too\""}};
    CHECK(who->post("/api/reviews", review).status == 201);
  }
  CHECK(client.post(detail_path(rated, "/comment/"), {{"body", "Again."}}).status == 201);
  CHECK(client.post(detail_path(reviewed, "/watch/"), json::object()).status == 201);

  for (const char* path : {"/api/user/export/", "/api/user/export"}) {
    auto reply = client.get(path);
    CHECK(reply.status == 200);
    CHECK(reply.header("content-type") == "application/x-ndjson");
    const auto lines = lines_of(reply.body);
    CHECK(lines.size() == 5);
    CHECK(record_of(lines, "rating", rated)["rating"] == 2.5);
    CHECK(record_of(lines, "rating", reviewed)["rating"] == 4);
    const json review = record_of(lines, "review", reviewed);
    CHECK(review["text"] == "Line\nbreaks, \"too\"");
    CHECK(review["rating"] == 4);
    CHECK(review["title"] == movie_of(client, reviewed)["title"]);
    CHECK(review["updated_at"].is_null());
    CHECK(record_of(lines, "comment", rated)["text"] == "Again.");
    CHECK(record_of(lines, "watchlist", reviewed)["rating"].is_null());
  }
  CHECK(lines_of(other.get("/api/user/export/").body).size() == 2);
  CHECK(client_of(new_person()).get("/api/user/export/").body.empty());
}

TEST_CASE("nobody exports without an account, and nobody a part of it") {
  CHECK(anybody().get("/api/user/export/").status == 401);
  CHECK(client_of(new_person()).post("/api/user/export/", json::object()).status == 405);
}
