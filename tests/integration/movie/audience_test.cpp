// Who is told of a film: whoever reviewed it or wants to see it, in pages.
#include "services/movie/audience_handlers.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::ListAudienceReply page(Suite& suite, std::int64_t movie, std::int64_t after, int limit) {
  v1::ListAudienceRequest request;
  request.set_movie_id(movie);
  request.set_after_user_id(after);
  request.set_limit(limit);
  return suite.movie->audience().list_audience(anonymous(), request);
}

std::vector<std::int64_t> users(const v1::ListAudienceReply& reply) {
  return {reply.user_ids().begin(), reply.user_ids().end()};
}

TEST_CASE("the audience of a film comes in pages, each user once") {
  Suite suite;
  const auto film = suite.add_movie("Heat");
  const auto other = suite.add_movie("Ronin");
  auto wants = [&](std::int64_t user, std::int64_t movie) {
    v1::GetMovieRequest request;
    request.set_id(movie);
    suite.movie->watchlists().add(as(user), request);
  };
  auto reviews = [&](std::int64_t user, std::int64_t movie) {
    v1::CreateReviewRequest request;
    request.set_movie_id(movie);
    request.set_rating(4);
    request.set_comment("x");
    suite.movie->reviews().create_review(as(user), request);
  };
  for (std::int64_t user : {7, 2, 5}) wants(user, film);
  for (std::int64_t user : {3, 5}) reviews(user, film);
  reviews(6, other);

  auto first = page(suite, film, 0, 3);
  CHECK(first.movie_title() == "Heat");
  CHECK(users(first) == std::vector<std::int64_t>{2, 3, 5});
  CHECK_FALSE(first.last());
  auto second = page(suite, film, 5, 3);
  CHECK(users(second) == std::vector<std::int64_t>{7});
  CHECK(second.last());
  CHECK(page(suite, film, 0, 4).last());
  CHECK(users(page(suite, film, 0, 0)).size() == 4);

  const auto lonely = suite.add_movie("Thief");
  CHECK(page(suite, lonely, 0, 10).last());
  CHECK(page(suite, lonely, 0, 10).movie_title() == "Thief");
  CHECK(error_of([&] { page(suite, 999'999, 0, 10); }).code() == Code::kNotFound);
}

}  // namespace
}  // namespace marquee::movie::testing
