// What the movie service tells by durable events, and what it does not.
#include <set>
#include <thread>

#include "libs/core/call_context.h"
#include "libs/events/wire.h"
#include "marquee/events/v1/movies.pb.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

using events::v1::MovieChanged;

v1::CreateReviewRequest review_of(std::int64_t movie, double rating) {
  v1::CreateReviewRequest request;
  request.set_movie_id(movie);
  request.set_rating(rating);
  request.set_comment("x");
  return request;
}

template <typename Message>
Message payload_of(const events::StoredEvent& event) {
  Message message;
  REQUIRE(message.ParseFromString(event.payload));
  return message;
}

TEST_CASE("reviews are told of as they are written, changed and deleted") {
  Suite suite;
  const auto id = suite.add_movie("Heat");
  auto& reviews = suite.movie->reviews();
  const auto trace = Trace::continued("");
  const CallContext context{"request", &trace};
  std::int64_t review = 0;
  {
    const CallContext::Scope scope(&context);
    review = reviews.create_review(as(1), review_of(id, 4.5)).id();
  }
  v1::UpdateReviewRequest update;
  update.set_id(review);
  update.set_comment("y");
  reviews.update_review(as(1), update);
  v1::GetReviewRequest deletion;
  deletion.set_id(review);
  reviews.delete_review(as_admin(), deletion);

  const auto told = told_by(suite, "review.*", 3);
  REQUIRE(told.size() == 3);
  CHECK(told[0].type == "review.created");
  CHECK(told[0].subject == review);
  CHECK(told[0].traceparent == trace.traceparent());
  CHECK(told[0].occurred_at_us > 0);
  const auto created = payload_of<events::v1::ReviewCreated>(told[0]);
  CHECK(created.movie_id() == id);
  CHECK(created.user_id() == 1);
  CHECK(created.half_stars() == 9);
  CHECK(told[1].type == "review.updated");
  CHECK(told[1].subject == review);
  CHECK(payload_of<events::v1::ReviewUpdated>(told[1]).movie_id() == id);
  CHECK(told[2].type == "review.deleted");
  CHECK(payload_of<events::v1::ReviewDeleted>(told[2]).user_id() == 1);
}

TEST_CASE("a rating that a review shows is told of as its update") {
  Suite suite;
  const auto id = suite.add_movie("Heat");
  const auto other = suite.add_movie("Ronin");
  const auto review = suite.movie->reviews().create_review(as(1), review_of(id, 4.5)).id();
  const auto rate = [&](std::int64_t user, std::int64_t movie) {
    v1::RateMovieRequest request;
    request.set_id(movie);
    request.set_rating(2);
    return suite.movie->ratings().rate_movie(as(user), request).review_id();
  };
  CHECK(rate(1, other) == 0);
  CHECK(rate(2, id) == 0);
  CHECK(rate(1, id) == review);
  v1::UpdateReviewRequest update;
  update.set_id(review);
  update.set_rating(3);
  suite.movie->reviews().update_review(as(1), update);
  v1::GetReviewRequest deletion;
  deletion.set_id(review);
  suite.movie->reviews().delete_review(as(1), deletion);

  const auto told = told_by(suite, "review.*", 4);
  REQUIRE(told.size() == 4);
  CHECK(told[1].type == "review.updated");
  CHECK(told[1].subject == review);
  CHECK(payload_of<events::v1::ReviewUpdated>(told[1]).movie_id() == id);
  CHECK(payload_of<events::v1::ReviewUpdated>(told[1]).user_id() == 1);
  CHECK(told[2].type == "review.updated");  // once
  CHECK(told[3].type == "review.deleted");
}

TEST_CASE("a review that is refused is not told of, whoever it was written together with") {
  Suite suite;
  const auto id = suite.add_movie("Heat");
  auto& reviews = suite.movie->reviews();
  std::vector<std::thread> writers;
  std::atomic<int> written{0};
  std::atomic<int> refused{0};
  constexpr std::int64_t kUsers = 40;
  for (std::int64_t user = 1; user <= kUsers; ++user) {
    writers.emplace_back([&, user] {
      // The film is there for every second, and each tries twice.
      for (int i = 0; i < 2; ++i) {
        try {
          reviews.create_review(as(user), review_of(user % 2 == 0 ? id : id + 1000, 4));
          ++written;
        } catch (const Error&) {
          ++refused;
        }
      }
    });
  }
  for (auto& writer : writers) writer.join();
  CHECK(written == kUsers / 2);
  CHECK(refused == kUsers + kUsers / 2);
  suite.add_movie("Ronin");  // told last
  const auto told = told_by(suite, ">", kUsers / 2 + 2);
  REQUIRE(told.size() == kUsers / 2 + 2);
  CHECK(told.front().type == "movie.changed");
  CHECK(told.back().type == "movie.changed");
  std::set<std::int64_t> authors;
  for (std::size_t i = 1; i + 1 < told.size(); ++i) {
    CHECK(told[i].type == "review.created");
    authors.insert(payload_of<events::v1::ReviewCreated>(told[i]).user_id());
  }
  CHECK(authors.size() == kUsers / 2);
}

TEST_CASE("films are told of as they are added, edited and deleted") {
  Suite suite;
  const auto id = suite.add_movie("Heat");
  v1::UpdateMovieRequest edit;
  edit.set_id(id);
  edit.set_title("Heat (1995)");
  suite.movie->catalog().update_movie(as(1), edit);
  // Refused: not hers.
  edit.set_title("Cold");
  CHECK_THROWS_AS(suite.movie->catalog().update_movie(as(2), edit), Error);
  v1::DeleteMovieRequest deletion;
  deletion.set_id(id);
  suite.movie->catalog().delete_movie(as_admin(), deletion);

  const auto told = told_by(suite, "movie.changed", 3);
  REQUIRE(told.size() == 3);
  std::vector<std::pair<MovieChanged::Change, std::string>> changes;
  for (const auto& event : told) {
    CHECK(event.subject == id);
    const auto change = payload_of<MovieChanged>(event);
    changes.emplace_back(change.change(), change.title());
  }
  CHECK(changes == std::vector<std::pair<MovieChanged::Change, std::string>>{
                       {MovieChanged::CHANGE_ADDED, "Heat"},
                       {MovieChanged::CHANGE_EDITED, "Heat (1995)"},
                       {MovieChanged::CHANGE_DELETED, "Heat (1995)"}});
  CHECK(payload_of<MovieChanged>(told[2]).user_id() == 9);
}

}  // namespace
}  // namespace marquee::movie::testing
