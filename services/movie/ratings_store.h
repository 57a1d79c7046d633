// The SQL of ratings: one a user and film, in half stars. The films' counts, sums and histograms
// follow in the same statement, which writes the ratings of several callers at once
// (db::GroupWriter). Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/group_writer.h"
#include "libs/db/loader.h"
#include "libs/events/outbox.h"

namespace marquee::movie {

struct SavedRating {
  std::int64_t id = 0;
  std::int64_t rated_at_us = 0;  // microseconds since 1970
  bool created = false;
  std::int64_t review_id = 0;  // of the same user and film; 0 for none
};

struct RatedFilm {
  std::int64_t movie_id = 0;
  int half_stars = 0;
};

struct RatedList {
  std::vector<RatedFilm> films;
  std::string next_cursor;
};

// What a film's page shows to one user.
struct OwnView {
  int half_stars = 0;  // 0: not rated
  bool on_watchlist = false;
};

// Of what a user has said about a film; others have it but seldom.
std::uint64_t key_of(std::int64_t user, std::int64_t movie);

// Writes a user's rating within a transaction, as reviews do. Throws NOT_FOUND without the film;
// ConstraintViolation `ratings_movie_exists` when it goes meanwhile.
void save_rating(db::Tx& tx, std::int64_t user, std::int64_t movie, int half_stars);
void delete_rating(db::Tx& tx, std::int64_t user, std::int64_t movie);

class RatingsStore {
 public:
  RatingsStore(db::Pool& pool, events::Outbox& outbox);

  // Gathered. A review that stands on the rating is told of as updated. Throws NOT_FOUND when there
  // is no such film.
  SavedRating rate(const Deadline& deadline, std::int64_t user, std::int64_t movie, int half_stars);
  // Throws NOT_FOUND without the film, FAILED_PRECONDITION while the user's review stands. False
  // when there was no rating.
  bool withdraw(const Deadline& deadline, std::int64_t user, std::int64_t movie);
  // Latest first.
  RatedList rated_by(const Deadline& deadline, std::int64_t user, std::int64_t limit,
                     const std::string& cursor);
  // Gathered.
  OwnView own_view(const Deadline& deadline, std::int64_t user, std::int64_t movie);
  // How ratings are gathered.
  db::WriteQueueStats stats() const { return ratings_.stats(); }

 private:
  struct Rating {
    std::int64_t user = 0;
    std::int64_t movie = 0;
    int half_stars = 0;
    std::string traceparent;
  };
  using Ratings = db::GroupWriter<Rating, SavedRating>;
  void save_ratings(db::Tx& tx, Ratings::Group& group);

  struct Own {
    std::int64_t user = 0;
    std::int64_t movie = 0;
    bool operator==(const Own&) const = default;
  };
  struct OwnHash {
    std::size_t operator()(const Own& own) const;
  };
  using OwnViews = db::Loader<Own, OwnView, OwnHash>;
  static void load_own_views(db::Tx& tx, const OwnViews::Keys& keys, OwnViews::FoundValues& found);

  db::Pool& pool_;
  events::Outbox& outbox_;
  Ratings ratings_;
  OwnViews own_views_;
};

}  // namespace marquee::movie
