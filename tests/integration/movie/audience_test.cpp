// Who is told of a film: whoever reviewed it or wants to see it, in pages.
#include "services/movie/audience_handlers.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::AudiencePage page(Suite& suite, std::int64_t movie, std::int64_t after, int limit) {
  v1::ListAudiencesRequest request;
  request.add_pages()->set_movie_id(movie);
  request.mutable_pages(0)->set_after_user_id(after);
  request.set_limit(limit);
  return suite.movie->audience().list_audiences(anonymous(), request).audiences(0);
}

std::vector<std::int64_t> users(const v1::AudiencePage& page) {
  return {page.user_ids().begin(), page.user_ids().end()};
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
  CHECK_FALSE(page(suite, lonely, 0, 10).movie_gone());
  CHECK(page(suite, 999'999, 0, 10).movie_gone());

  // Many at once are answered in the order in which they are asked for, one twice too.
  v1::ListAudiencesRequest many;
  for (std::int64_t movie : {other, std::int64_t{999'999}, film, lonely, film}) {
    many.add_pages()->set_movie_id(movie);
  }
  many.mutable_pages(4)->set_after_user_id(3);
  many.set_limit(2);
  const auto reply = suite.movie->audience().list_audiences(anonymous(), many);
  REQUIRE(reply.audiences_size() == 5);
  CHECK(users(reply.audiences(0)) == std::vector<std::int64_t>{6});
  CHECK(reply.audiences(1).movie_gone());
  CHECK(users(reply.audiences(2)) == std::vector<std::int64_t>{2, 3});
  CHECK(users(reply.audiences(3)).empty());
  CHECK(users(reply.audiences(4)) == std::vector<std::int64_t>{5, 7});
  CHECK(reply.audiences(4).last());
  for (int i = 0; i < 256; ++i) many.add_pages()->set_movie_id(film);
  CHECK(error_of([&] { suite.movie->audience().list_audiences(anonymous(), many); }).code() ==
        Code::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::movie::testing
