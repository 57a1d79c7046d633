// Opinions that come together and are written by one statement.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "tests/catch.h"
#include "tests/integration/movie/jobs.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

// How often calls ended in which way.
class Tally {
 public:
  void count(const std::function<void()>& call) {
    std::string outcome = "done";
    try {
      call();
    } catch (const Error& error) {
      outcome = error.reason();
    }
    std::lock_guard lock(mutex_);
    ++counts_[outcome];
  }
  std::map<std::string, int> counts() {
    std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

using Counts = std::map<std::string, int>;

void review(Suite& suite, std::int64_t user, std::int64_t movie, double rating,
            const std::string& text) {
  v1::CreateReviewRequest request;
  request.set_movie_id(movie);
  request.set_rating(rating);
  request.set_comment(text);
  suite.movie->reviews().create_review(as(user), request);
}

std::vector<std::string> comments_about(Suite& suite, std::int64_t movie) {
  v1::ListMovieReviewsRequest request;
  request.set_movie_id(movie);
  request.set_limit(100);
  std::vector<std::string> comments;
  auto reply = suite.movie->reviews().list_of_movie(anonymous(), request);
  for (const auto& one : reply.reviews()) {
    comments.push_back(std::to_string(one.user_id()) + " " + one.comment());
  }
  std::sort(comments.begin(), comments.end());
  return comments;
}

TEST_CASE("reviews written together keep their texts and get errors of their own") {
  Suite suite;
  auto heat = suite.add_movie("Heat");
  auto ran = suite.add_movie("Ran");
  review(suite, 3, heat, 4, "was there");
  const std::vector<std::string> texts = {"plain", "\"quoted\", {braced}", "back\\slash 'n'",
                                          "NULL", "two\nlines"};
  Tally tally;
  Jobs jobs;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto user = static_cast<std::int64_t>(i) + 10;
    expected.push_back(std::to_string(user) + " " + texts[i]);
    jobs.add([&, i, user] { tally.count([&] { review(suite, user, heat, 3.5, texts[i]); }); });
  }
  expected.push_back("3 was there");
  jobs.add([&] { tally.count([&] { review(suite, 3, heat, 1, "again"); }); });
  jobs.add([&] { tally.count([&] { review(suite, 3, ran, 2, "another film"); }); });
  jobs.add([&] { tally.count([&] { review(suite, 3, 77, 2, "no film"); }); });
  jobs.run(1);
  CHECK(tally.counts() == Counts{{"done", 6}, {"already_reviewed", 1}, {"movie_not_found", 1}});
  CHECK(comments_about(suite, heat) == expected);
  CHECK(comments_about(suite, ran) == std::vector<std::string>{"3 another film"});
  CHECK(figures_agree(suite, heat));
  CHECK(figures_agree(suite, ran));
}

TEST_CASE("of many reviews of one user and film at once there is one, and the film counts once") {
  Suite suite;
  auto heat = suite.add_movie("Heat");
  Tally tally;
  Jobs jobs;
  for (int i = 0; i < 60; ++i) {
    jobs.add([&, i] { tally.count([&] { review(suite, 10 + i % 12, heat, i % 6, "x"); }); });
  }
  jobs.run(4);
  CHECK(tally.counts() == Counts{{"done", 12}, {"already_reviewed", 48}});
  CHECK(opinions_about(suite, heat) == 24);
  CHECK(figures_agree(suite, heat));
}

TEST_CASE("ratings of one user and film that come together are made once and then changed") {
  Suite suite;
  auto heat = suite.add_movie("Heat");
  std::atomic<int> made{0};
  Jobs jobs;
  for (int i = 0; i < 40; ++i) {
    jobs.add([&, i] {
      v1::RateMovieRequest request;
      request.set_id(heat);
      request.set_rating(0.5 + i % 10 * 0.5);
      if (suite.movie->ratings().rate_movie(as(2 + i % 4), request).created()) ++made;
    });
  }
  jobs.run(3);
  CHECK(made == 4);
  CHECK(opinions_about(suite, heat) == 4);
  CHECK(figures_agree(suite, heat));
}

TEST_CASE("two replicas' writers of the same films agree with the rows") {
  Suite suite;
  Replica other(suite.database_url, suite.auth.target());
  std::vector<std::int64_t> ids;
  for (const char* title : {"A", "B", "C"}) ids.push_back(suite.add_movie(title));
  std::atomic<int> failed{0};
  auto work = [&](Replica& replica, int seed) {
    Jobs jobs;
    for (int i = 0; i < 120; ++i) {
      jobs.add([&, i] {
        auto movie = ids[static_cast<std::size_t>(i * 7 + seed) % ids.size()];
        auto user = 1 + (i * 5 + seed) % 20;
        v1::GetMovieRequest film;
        film.set_id(movie);
        v1::RateMovieRequest request;
        request.set_id(movie);
        request.set_rating(0.5 + (i + seed) % 10 * 0.5);
        try {
          if (i % 6 == 5) {
            replica->ratings().unrate_movie(as(user), film);
          } else {
            replica->ratings().rate_movie(as(user), request);
          }
        } catch (const Error&) {
          ++failed;
        }
      });
    }
    jobs.run(4);
  };
  auto there = std::async(std::launch::async, [&] { work(other, 3); });
  work(suite.movie, 0);
  there.get();
  CHECK(failed == 0);
  for (auto id : ids) CHECK(figures_agree(suite, id));
}

TEST_CASE("a film that is deleted among its reviewers takes their reviews with it, no one else's") {
  Suite suite;
  for (int round = 0; round < 5; ++round) {
    auto stays = suite.add_movie("Stays");
    auto goes = suite.add_movie("Goes");
    Tally staying;
    Tally going;
    Jobs jobs;
    for (int i = 0; i < 60; ++i) {
      jobs.add([&, i] {
        if (i % 2 == 0) {
          staying.count([&] { review(suite, 10 + i, stays, 3, "x"); });
        } else {
          going.count([&] { review(suite, 10 + i, goes, 3, "x"); });
        }
      });
      if (i == 10 + round * 8) {
        jobs.add([&] {
          v1::DeleteMovieRequest request;
          request.set_id(goes);
          suite.movie->catalog().delete_movie(as_admin(), request);
        });
      }
    }
    jobs.run(4);
    CHECK(staying.counts() == Counts{{"done", 30}});
    auto counts = going.counts();
    CHECK(counts["done"] + counts["movie_not_found"] == 30);
    CHECK(opinions_about(suite, goes) == 0);
    CHECK(opinions_about(suite, stays) == 60);
    CHECK(figures_agree(suite, stays));
  }
}

}  // namespace
}  // namespace marquee::movie::testing
