#include <atomic>
#include <future>
#include <thread>

#include "services/movie/ratings_store.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

constexpr db::Statement kBlocked{"test_blocked", R"sql(
  SELECT count(*) FROM pg_stat_activity
   WHERE datname = current_database() AND usename = current_user
     AND wait_event_type = 'Lock')sql"};

void wait_for_a_blocked_statement(Suite& suite) {
  auto deadline = anonymous().deadline();
  for (int blocked = 0; blocked == 0;) {
    if (std::chrono::steady_clock::now() > deadline.at()) throw std::runtime_error("none waits");
    blocked = suite.movie.pool().read(
        deadline, [&](db::Tx& tx) { return tx.exec(kBlocked)[0][0].as<int>(); });
  }
}

v1::GetMovieRequest film(std::int64_t id) {
  v1::GetMovieRequest request;
  request.set_id(id);
  return request;
}

v1::DeleteMovieRequest deletion_of(std::int64_t id) {
  v1::DeleteMovieRequest request;
  request.set_id(id);
  return request;
}

v1::CreateReviewRequest review(std::int64_t movie, double rating, const std::string& comment) {
  v1::CreateReviewRequest request;
  request.set_movie_id(movie);
  request.set_rating(rating);
  request.set_comment(comment);
  return request;
}

v1::GetReviewRequest review_id(std::int64_t id) {
  v1::GetReviewRequest request;
  request.set_id(id);
  return request;
}

v1::AddCommentRequest comment(std::int64_t movie, const std::string& body) {
  v1::AddCommentRequest request;
  request.set_movie_id(movie);
  request.set_body(body);
  return request;
}

TEST_CASE("a rating is made once and then changed") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  v1::RateMovieRequest request;
  request.set_id(id);
  request.set_rating(3.7);
  auto first = suite.movie->ratings().rate_movie(as(2), request);
  CHECK(first.message() == "Rating submitted successfully");
  CHECK(first.created());
  CHECK(first.data().movie() == id);
  CHECK(first.data().user() == 2);
  CHECK(first.data().rating() == 3.5);
  CHECK(first.data().timestamp().seconds() > 1'700'000'000);

  request.set_rating(5);
  auto second = suite.movie->ratings().rate_movie(as(2), request);
  CHECK_FALSE(second.created());
  CHECK(second.data().id() == first.data().id());
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating() == 10);
  CHECK(figures_agree(suite, id));
}

TEST_CASE("what is no rating is refused") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  v1::RateMovieRequest request;
  request.set_id(id);
  auto rate = [&] { suite.movie->ratings().rate_movie(as(2), request); };
  CHECK(error_of(rate).message() == "Rating is required");
  request.set_rating(0.4);
  CHECK(error_of(rate).message() == "Rating must be between 0.5 and 5");
  request.set_rating(4);
  request.set_id(77);
  CHECK(error_of(rate).message() == "Movie not found");
  CHECK(error_of([&] { suite.movie->ratings().rate_movie(anonymous(), request); }).code() ==
        Code::kUnauthenticated);
  CHECK(error_of([&] { suite.movie->ratings().unrate_movie(as(2), film(77)); }).code() ==
        Code::kNotFound);
  suite.movie->ratings().unrate_movie(as(2), film(id));
}

TEST_CASE("figures agree with a recount after many writers at once") {
  Suite suite;
  std::vector<std::int64_t> ids = {suite.add_movie("A"), suite.add_movie("B")};
  std::vector<std::thread> raters;
  for (int rater = 0; rater < 6; ++rater) {
    raters.emplace_back([&, rater] {
      for (int i = 0; i < 40; ++i) {
        // Users overlap between the threads, so that inserts, updates and deletes collide.
        auto user = 1 + (i * 7 + rater) % 15;
        auto movie = ids[static_cast<std::size_t>((i + rater) % 2)];
        if (i % 5 == 4) {
          suite.movie->ratings().unrate_movie(as(user), film(movie));
        } else {
          suite.rate(user, movie, 0.5 + (i + rater) % 10 * 0.5);
        }
      }
    });
  }
  for (auto& rater : raters) rater.join();
  for (auto id : ids) CHECK(figures_agree(suite, id));
}

TEST_CASE("no opinion outlives its film, however both are written at once") {
  Suite suite;
  // What a rating has to wait for, whether it is the user's first or one that is there already.
  for (int round = 0; round < 10; ++round) {
    auto id = suite.add_movie("Heat");
    for (int user = 1; user <= 3; ++user) suite.rate(user, id, 3);
    std::atomic<int> wrong{0};
    std::vector<std::thread> raters;
    for (int user = 1; user <= 6; ++user) {
      raters.emplace_back([&, user] {
        // Until the film is gone.
        for (int i = 0;; ++i) {
          try {
            if (i == 0 && user > 3) {
              suite.movie->reviews().create_review(as(user), review(id, 4, "x"));
            } else {
              suite.rate(user, id, 0.5 + i % 10 * 0.5);
            }
          } catch (const Error& error) {
            wrong += error.code() != Code::kNotFound || error.message() != "Movie not found";
            return;
          }
        }
      });
    }
    suite.movie->catalog().delete_movie(as_admin(), deletion_of(id));
    for (auto& rater : raters) rater.join();
    CHECK(wrong == 0);
    CHECK(opinions_about(suite, id) == 0);
  }
}

TEST_CASE(
    "a rating that is being written keeps its film until it is there, and then goes with it") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  std::future<void> deletion;
  suite.movie.pool().write(anonymous().deadline(), [&](db::Tx& tx) {
    save_rating(tx, 2, id, 7);
    deletion = std::async(std::launch::async, [&] {
      suite.movie->catalog().delete_movie(as_admin(), deletion_of(id));
    });
    wait_for_a_blocked_statement(suite);
  });
  deletion.get();
  CHECK(opinions_about(suite, id) == 0);
}

TEST_CASE("a rating of a film whose deletion commits first is refused") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  std::future<std::string> rated;
  suite.movie.pool().write(anonymous().deadline(), [&](db::Tx& tx) {
    tx.run("DELETE FROM movies WHERE id = " + std::to_string(id));
    rated = std::async(std::launch::async, [&] {
      return error_of([&] { suite.movie->reviews().create_review(as(2), review(id, 4, "x")); })
          .message();
    });
    wait_for_a_blocked_statement(suite);
  });
  CHECK(rated.get() == "Movie not found");
  CHECK(opinions_about(suite, id) == 0);
}

TEST_CASE("rated films are listed latest first, privately if wished") {
  Suite suite;
  auto first = suite.add_movie("First");
  auto second = suite.add_movie("Second");
  suite.rate(2, first, 2);
  suite.rate(2, second, 4.5);
  suite.rate(3, first, 1);
  auto own = suite.movie->ratings().list_own(as(2), {});
  REQUIRE(own.movies_size() == 2);
  CHECK(own.movies(0).title() == "Second");
  CHECK(own.movies(0).user_rating() == 4.5);

  v1::ListRatedRequest page;
  page.set_limit(1);
  auto start = suite.movie->ratings().list_own(as(2), page);
  page.set_cursor(start.next_cursor());
  auto rest = suite.movie->ratings().list_own(as(2), page);
  REQUIRE(rest.movies_size() == 1);
  CHECK(rest.movies(0).title() == "First");
  CHECK(rest.next_cursor().empty());

  v1::ListUserRatedRequest request;
  request.set_user_id(2);
  CHECK(suite.movie->ratings().list_of_user(as(1), request).movies_size() == 2);
  request.set_user_id(3);
  CHECK(error_of([&] { suite.movie->ratings().list_of_user(as(1), request); }).code() ==
        Code::kPermissionDenied);
  CHECK(suite.movie->ratings().list_of_user(as(3), request).movies_size() == 1);
  request.set_user_id(77);
  auto unknown = error_of([&] { suite.movie->ratings().list_of_user(as(1), request); });
  CHECK(unknown.code() == Code::kNotFound);
  CHECK(unknown.message() == "User not found");
}

TEST_CASE("a review is a rating with a text") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  auto created = suite.movie->reviews().create_review(as(2), review(id, 4.5, " Loud. "));
  CHECK(created.message() == "Review created");
  auto read = suite.movie->reviews().get_review(anonymous(), review_id(created.id()));
  CHECK(read.movie_id() == id);
  CHECK(read.user_id() == 2);
  CHECK(read.username() == "bob");
  CHECK(read.rating() == 4.5);
  CHECK(read.comment() == "Loud.");
  CHECK_FALSE(read.has_updated_at());
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating() == 9);

  // The same rating, whichever way it changes.
  suite.rate(2, id, 2);
  CHECK(suite.movie->reviews().get_review(anonymous(), review_id(created.id())).rating() == 2);
  CHECK(error_of([&] { suite.movie->ratings().unrate_movie(as(2), film(id)); }).code() ==
        Code::kFailedPrecondition);

  v1::UpdateReviewRequest change;
  change.set_id(created.id());
  change.set_rating(0);
  auto changed = suite.movie->reviews().update_review(as(2), change);
  CHECK(changed.message() == "Review updated successfully");
  CHECK(changed.movie_id() == id);
  read = suite.movie->reviews().get_review(anonymous(), review_id(created.id()));
  CHECK(read.rating() == 0);
  CHECK(read.comment() == "Loud.");
  CHECK(read.has_updated_at());
  CHECK(suite.movie->catalog().get_detail(anonymous(), film(id)).histogram(0) == 1);
  CHECK(figures_agree(suite, id));

  CHECK(suite.movie->reviews().delete_review(as(2), review_id(created.id())).message() ==
        "Review deleted successfully");
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating_count() == 0);
  CHECK(error_of([&] {
          suite.movie->reviews().get_review(anonymous(), review_id(created.id()));
        }).message() == "Review not found");
}

TEST_CASE("reviews that cannot be are refused") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  auto message = [&](const v1::CreateReviewRequest& request) {
    return error_of([&] { suite.movie->reviews().create_review(as(2), request); }).message();
  };
  v1::CreateReviewRequest empty;
  CHECK(message(empty) == "Missing required field: movie_id");
  empty.set_movie_id(id);
  CHECK(message(empty) == "Missing required field: rating");
  empty.set_rating(4);
  CHECK(message(empty) == "Missing required field: comment");
  CHECK(message(review(id, 4, "  ")) == "Missing required field: comment");
  CHECK(message(review(id, 5.2, "x")) == "Rating must be between 0 and 5");
  CHECK(message(review(id, std::nan(""), "x")) == "Rating must be a number");
  CHECK(message(review(77, 4, "x")) == "Movie not found");

  suite.movie->reviews().create_review(as(2), review(id, 4, "x"));
  auto again = error_of([&] { suite.movie->reviews().create_review(as(2), review(id, 1, "y")); });
  CHECK(again.code() == Code::kAlreadyExists);
  CHECK(again.message() == "You already reviewed this movie");
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating() == 8);
}

TEST_CASE("reviews belong to their authors") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  auto mine = suite.movie->reviews().create_review(as(2), review(id, 4, "x")).id();
  v1::UpdateReviewRequest change;
  change.set_id(mine);
  change.set_comment("y");
  for (const auto& call : {as(1), as_admin()}) {
    auto denied = error_of([&] { suite.movie->reviews().update_review(call, change); });
    CHECK(denied.code() == Code::kPermissionDenied);
    CHECK(denied.message() == "Unauthorized to update this review");
  }
  CHECK(error_of([&] { suite.movie->reviews().delete_review(as(1), review_id(mine)); }).message() ==
        "Unauthorized to delete this review");
  suite.movie->reviews().delete_review(as_admin(), review_id(mine));
  CHECK(figures_agree(suite, id));
  change.set_id(mine);
  CHECK(error_of([&] { suite.movie->reviews().update_review(as(2), change); }).message() ==
        "Review not found");
}

TEST_CASE("reviews are listed newest first") {
  Suite suite;
  auto one = suite.add_movie("One");
  auto two = suite.add_movie("Two");
  for (int user = 1; user <= 3; ++user) {
    suite.movie->reviews().create_review(as(user), review(one, user, std::to_string(user)));
  }
  suite.movie->reviews().create_review(as(1), review(two, 4, "4"));
  CHECK(suite.movie->reviews().list_all(anonymous(), {}).reviews_size() == 4);

  int asked = suite.auth.calls();
  v1::ListMovieReviewsRequest request;
  request.set_movie_id(one);
  auto list = suite.movie->reviews().list_of_movie(anonymous(), request);
  REQUIRE(list.reviews_size() == 3);
  CHECK(list.reviews(0).comment() == "3");
  CHECK(list.reviews(0).username() == "cyd");
  CHECK(suite.auth.calls() == asked);  // the names are known by now

  request.set_limit(2);
  auto start = suite.movie->reviews().list_of_movie(anonymous(), request);
  request.set_cursor(start.next_cursor());
  auto rest = suite.movie->reviews().list_of_movie(anonymous(), request);
  REQUIRE(rest.reviews_size() == 1);
  CHECK(rest.reviews(0).comment() == "1");

  v1::ListReviewsRequest page;
  page.set_limit(3);
  page.set_page(2);
  CHECK(suite.movie->reviews().list_all(anonymous(), page).reviews_size() == 1);

  request.clear_cursor();
  request.set_movie_id(77);
  CHECK(error_of([&] { suite.movie->reviews().list_of_movie(anonymous(), request); }).message() ==
        "Movie not found");
}

TEST_CASE("comments are added, listed with names and taken back by their authors") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  auto other = suite.add_movie("Ran");
  CHECK(suite.movie->comments().add_comment(as(1), comment(id, "first")).message() ==
        "Comment added successfully");
  suite.movie->comments().add_comment(as(2), comment(id, "  second "));
  v1::ListCommentsRequest request;
  request.set_movie_id(id);
  auto list = suite.movie->comments().list_comments(anonymous(), request);
  REQUIRE(list.comments_size() == 2);
  CHECK(list.comments(0).body() == "second");
  CHECK(list.comments(0).username() == "bob");
  CHECK(list.comments(1).username() == "ann");

  v1::DeleteCommentRequest removal;
  removal.set_movie_id(id);
  CHECK(error_of([&] { suite.movie->comments().delete_comment(as(2), removal); }).message() ==
        "Comment ID is required");
  removal.set_comment_id(list.comments(0).id());
  auto not_own = error_of([&] { suite.movie->comments().delete_comment(as(1), removal); });
  CHECK(not_own.code() == Code::kNotFound);
  CHECK(not_own.message() == "Comment not found or not owned by user");
  removal.set_movie_id(other);
  CHECK(error_of([&] { suite.movie->comments().delete_comment(as(2), removal); }).code() ==
        Code::kNotFound);
  removal.set_movie_id(id);
  suite.movie->comments().delete_comment(as(2), removal);
  CHECK(suite.movie->comments().list_comments(anonymous(), request).comments_size() == 1);
  request.set_movie_id(77);
  CHECK(suite.movie->comments().list_comments(anonymous(), request).comments().empty());
}

TEST_CASE("comments that cannot be are refused by field") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  auto refused = [&](const v1::AddCommentRequest& request) {
    auto error = error_of([&] { suite.movie->comments().add_comment(as(1), request); });
    return error.fields().empty() ? error.message()
                                  : error.fields()[0].name + ": " + error.fields()[0].message;
  };
  v1::AddCommentRequest without;
  without.set_movie_id(id);
  CHECK(refused(without) == "body: This field is required.");
  CHECK(refused(comment(id, " \n ")) == "body: This field may not be blank.");
  CHECK(refused(comment(id, std::string(5'001, 'x'))) ==
        "body: Ensure this field has no more than 5000 characters.");
  CHECK(refused(comment(77, "x")) == "Movie not found");
}

TEST_CASE("known names stay while auth is away, unknown ones make the call fail") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  suite.movie->comments().add_comment(as(1), comment(id, "x"));
  v1::ListCommentsRequest request;
  request.set_movie_id(id);
  suite.movie->comments().list_comments(anonymous(), request);
  suite.auth.stop();
  CHECK(suite.movie->comments().list_comments(anonymous(), request).comments(0).username() ==
        "ann");
  suite.movie->comments().add_comment(as(2), comment(id, "y"));
  CHECK(error_of([&] { suite.movie->comments().list_comments(anonymous(), request); }).code() ==
        Code::kUnavailable);
}

TEST_CASE("a watchlist is a set, latest first") {
  Suite suite;
  auto heat = suite.add_movie("Heat");
  auto ran = suite.add_movie("Ran");
  CHECK(suite.movie->watchlists().add(as(1), film(heat)).message() == "Movie added to watchlist.");
  suite.movie->watchlists().add(as(1), film(ran));
  suite.movie->watchlists().add(as(1), film(heat));
  auto list = suite.movie->watchlists().list_watchlist(as(1), {});
  REQUIRE(list.movies_size() == 2);
  CHECK(list.movies(0).title() == "Ran");
  CHECK(suite.movie->watchlists().list_watchlist(as(2), {}).movies().empty());
  CHECK(suite.movie->catalog().get_detail(as(1), film(heat)).on_watchlist());
  CHECK_FALSE(suite.movie->catalog().get_detail(as(2), film(heat)).on_watchlist());

  suite.movie->watchlists().remove(as(1), film(heat));
  suite.movie->watchlists().remove(as(1), film(heat));
  CHECK(suite.movie->watchlists().list_watchlist(as(1), {}).movies_size() == 1);
  CHECK(error_of([&] { suite.movie->watchlists().add(as(1), film(77)); }).message() ==
        "Movie not found.");
  CHECK(error_of([&] { suite.movie->watchlists().remove(as(1), film(77)); }).message() ==
        "Movie not found.");
}

}  // namespace
}  // namespace marquee::movie::testing
