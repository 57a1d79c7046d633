// What a user takes along: everything of the user's own, and nothing of anybody else's.
#include <algorithm>

#include "services/movie/export_handlers.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

using Records = std::vector<v1::ExportedRecord>;

struct Export {
  Records records;
  int turns = 0;
};

Export export_of(Suite& suite, std::int64_t user) {
  auto next = suite.movie->exports().export_own(as(user), {});
  Export all;
  for (bool more = true; more; ++all.turns) {
    Records records;
    more = next(as(user), records);
    for (auto& record : records) all.records.push_back(std::move(record));
  }
  return all;
}

void comment_on(Suite& suite, std::int64_t user, std::int64_t movie, const std::string& body) {
  v1::AddCommentRequest request;
  request.set_movie_id(movie);
  request.set_body(body);
  suite.movie->comments().add_comment(as(user), request);
}

void review(Suite& suite, std::int64_t user, std::int64_t movie, double rating,
            const std::string& text) {
  v1::CreateReviewRequest request;
  request.set_movie_id(movie);
  request.set_rating(rating);
  request.set_comment(text);
  suite.movie->reviews().create_review(as(user), request);
}

void watch(Suite& suite, std::int64_t user, std::int64_t movie) {
  v1::GetMovieRequest request;
  request.set_id(movie);
  suite.movie->watchlists().add(as(user), request);
}

TEST_CASE("an export has each thing that its user said, and nothing of others") {
  Suite suite;
  const auto heat = suite.add_movie("Heat", {}, "Crime", "1995-12-15");
  const auto ran = suite.add_movie("Ran");
  suite.rate(2, ran, 3.5);
  review(suite, 2, heat, 4.5, "Better than the book.");
  comment_on(suite, 2, ran, "first");
  comment_on(suite, 2, heat, "second");
  watch(suite, 2, ran);
  suite.rate(1, heat, 1);
  comment_on(suite, 1, heat, "ann's");
  watch(suite, 1, heat);

  const Records records = export_of(suite, 2).records;
  REQUIRE(records.size() == 6);
  CHECK(records[0].kind() == v1::RECORD_KIND_RATING);
  CHECK(records[0].movie_id() == heat);
  CHECK(records[0].title() == "Heat");
  CHECK(records[0].release_year() == 1995);
  CHECK(records[0].rating() == 4.5);
  CHECK_FALSE(records[0].has_text());
  CHECK(records[0].created_at().seconds() > 1'700'000'000);
  CHECK(records[1].kind() == v1::RECORD_KIND_RATING);
  CHECK(records[1].movie_id() == ran);
  CHECK(records[1].rating() == 3.5);
  CHECK_FALSE(records[1].has_release_year());
  CHECK(records[2].kind() == v1::RECORD_KIND_REVIEW);
  CHECK(records[2].text() == "Better than the book.");
  CHECK(records[2].rating() == 4.5);
  CHECK_FALSE(records[2].has_updated_at());
  CHECK(records[3].kind() == v1::RECORD_KIND_COMMENT);
  CHECK(records[3].movie_id() == ran);
  CHECK(records[3].text() == "first");
  CHECK_FALSE(records[3].has_rating());
  CHECK(records[4].text() == "second");
  CHECK(records[5].kind() == v1::RECORD_KIND_WATCHLIST);
  CHECK(records[5].movie_id() == ran);
  CHECK(export_of(suite, 3).records.empty());
}

TEST_CASE("an export goes on where its page ended, whatever its length") {
  Suite suite;
  // A page has 250.
  const int count = GENERATE(249, 250, 251, 600);
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(suite.add_movie("Film " + std::to_string(i)));
  for (int i = 0; i < count; ++i) {
    comment_on(suite, 2, ids[static_cast<std::size_t>(i) % 3], std::to_string(i));
  }
  const auto [records, turns] = export_of(suite, 2);
  REQUIRE(records.size() == static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    CHECK(records[static_cast<std::size_t>(i)].text() == std::to_string(i));
  }
  CHECK(turns == 3 + count / 250 + 1);
}

TEST_CASE("who is not signed in exports nothing") {
  Suite suite;
  CHECK(error_of([&] { suite.movie->exports().export_own(anonymous(), {}); }).code() ==
        Code::kUnauthenticated);
}

}  // namespace
}  // namespace marquee::movie::testing
