#include "libs/testing/postgres.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::GetMovieRequest film(std::int64_t id) {
  v1::GetMovieRequest request;
  request.set_id(id);
  return request;
}

void leave_traces(Replica& replica, std::int64_t movie, std::int64_t user) {
  v1::CreateReviewRequest review;
  review.set_movie_id(movie);
  review.set_rating(5);
  review.set_comment("x");
  replica->reviews().create_review(as(user), review);
  v1::AddCommentRequest comment;
  comment.set_movie_id(movie);
  comment.set_body("x");
  replica->comments().add_comment(as(user), comment);
  replica->watchlists().add(as(user), film(movie));
}

TEST_CASE("what a deleted user left goes, and the films' figures follow") {
  Suite suite;
  Replica second(suite.database_url, suite.auth.target());
  auto id = suite.add_movie("Heat");
  leave_traces(suite.movie, id, 1);
  leave_traces(suite.movie, id, 2);
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating_count() == 2);

  suite.auth.remove(1);
  tell_deleted(suite.database_url, 1);
  CHECK(eventually([&] {
    return suite.movie->catalog().get_movie(anonymous(), film(id))->rating_count() == 1;
  }));
  CHECK_FALSE(suite.movie->catalog().get_movie(anonymous(), film(id))->has_created_by());
  CHECK(eventually(
      [&] { return second->catalog().get_movie(anonymous(), film(id))->rating_count() == 1; }));

  v1::ListMovieReviewsRequest reviews;
  reviews.set_movie_id(id);
  auto left = suite.movie->reviews().list_of_movie(anonymous(), reviews);
  REQUIRE(left.reviews_size() == 1);
  CHECK(left.reviews(0).user_id() == 2);
  v1::ListCommentsRequest comments;
  comments.set_movie_id(id);
  CHECK(suite.movie->comments().list_comments(anonymous(), comments).comments_size() == 1);
  CHECK(suite.movie->watchlists().list_watchlist(as(1), {}).movies().empty());
  CHECK(suite.movie->watchlists().list_watchlist(as(2), {}).movies_size() == 1);
}

TEST_CASE("a deletion told while no replica runs is followed by the next one") {
  FakeAuth auth;
  const auto url = marquee::testing::Postgres::shared().create_database("movie");
  std::int64_t id = 0;
  {
    Replica before(migrated(url), auth.target());
    v1::CreateMovieRequest request;
    request.set_title("Heat");
    id = before->catalog().create_movie(as(3), request).id();
    leave_traces(before, id, 1);
    leave_traces(before, id, 2);
    tell_deleted(url, 3);
    CHECK(eventually(
        [&] { return !before->catalog().get_movie(anonymous(), film(id))->has_created_by(); }));
  }
  tell_deleted(url, 1);
  Replica later(url, auth.target());
  CHECK(eventually(
      [&] { return later->catalog().get_movie(anonymous(), film(id))->rating_count() == 1; }));
}

}  // namespace
}  // namespace marquee::movie::testing
