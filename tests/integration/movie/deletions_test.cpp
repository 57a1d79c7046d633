#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::GetMovieRequest film(std::int64_t id) {
  v1::GetMovieRequest request;
  request.set_id(id);
  return request;
}

void leave_traces(Suite& suite, std::int64_t movie, std::int64_t user) {
  v1::CreateReviewRequest review;
  review.set_movie_id(movie);
  review.set_rating(5);
  review.set_comment("x");
  suite.movie->reviews().create_review(as(user), review);
  v1::AddCommentRequest comment;
  comment.set_movie_id(movie);
  comment.set_body("x");
  suite.movie->comments().add_comment(as(user), comment);
  suite.movie->watchlists().add(as(user), film(movie));
}

TEST_CASE("what a deleted user left goes, and the films' figures follow") {
  Suite suite;
  Replica second(suite.database_url, suite.auth.target());
  auto id = suite.add_movie("Heat");
  leave_traces(suite, id, 1);
  leave_traces(suite, id, 2);
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating_count() == 2);

  suite.auth.remove(1);
  suite.movie.bus().publish("auth.user.deleted", "");
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

TEST_CASE("deletions missed on the bus are followed all the same") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  leave_traces(suite, id, 2);
  suite.auth.remove(2);
  Config config;
  config.deletions_interval = std::chrono::milliseconds(50);
  Replica late(suite.database_url, suite.auth.target(), config);
  auto count = [&] { return late->catalog().get_movie(anonymous(), film(id))->rating_count(); };
  CHECK(eventually([&] { return count() == 0; }));

  leave_traces(suite, id, 3);
  CHECK(eventually([&] { return count() == 1; }));
  suite.auth.remove(3);
  CHECK(eventually([&] { return count() == 0; }));
}

}  // namespace
}  // namespace marquee::movie::testing
