// The SQL of reviews. A review is a text beside its author's rating of the film, written and
// deleted together with it. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/group_writer.h"
#include "libs/events/outbox.h"
#include "services/movie/validation.h"

namespace marquee::movie {

struct StoredReview {
  std::int64_t id = 0;
  std::int64_t movie_id = 0;
  std::int64_t user_id = 0;
  int half_stars = 0;
  std::string comment;
  std::int64_t created_at_us = 0;
  std::optional<std::int64_t> updated_at_us;
};

struct ReviewList {
  std::vector<StoredReview> reviews;
  std::string next_cursor;
};

class ReviewsStore {
 public:
  // What is written is told by the outbox, in the same transaction.
  ReviewsStore(db::Pool& pool, events::Outbox& outbox);

  // Newest first. Throws NOT_FOUND when there is no such film.
  ReviewList of_movie(const Deadline& deadline, std::int64_t movie, const Page& page,
                      const std::string& cursor);
  ReviewList all(const Deadline& deadline, const Page& page, const std::string& cursor);
  // Throws NOT_FOUND.
  StoredReview get(const Deadline& deadline, std::int64_t id);

  // Gathered. Returns the id. Throws NOT_FOUND without the film, ALREADY_EXISTS for a second
  // review.
  std::int64_t create(const Deadline& deadline, std::int64_t user, std::int64_t movie,
                      int half_stars, const std::string& comment);
  // Unset is left as it is. Returns the film's id. Throws NOT_FOUND, and PERMISSION_DENIED unless
  // `user` wrote it.
  std::int64_t update(const Deadline& deadline, std::int64_t id, std::int64_t user,
                      std::optional<int> half_stars, const std::optional<std::string>& comment);
  // Likewise; with `any` whoever wrote it.
  std::int64_t remove(const Deadline& deadline, std::int64_t id, std::int64_t user, bool any);
  // How new reviews are gathered.
  db::WriteQueueStats stats() const { return reviews_.stats(); }

 private:
  struct NewReview {
    std::int64_t user = 0;
    std::int64_t movie = 0;
    int half_stars = 0;
    const std::string& comment;
    std::string event;  // as bytea
    std::string traceparent;
  };
  using NewReviews = db::GroupWriter<NewReview, std::int64_t>;
  void insert_reviews(db::Tx& tx, NewReviews::Group& group);

  db::Pool& pool_;
  events::Outbox& outbox_;
  NewReviews reviews_;
};

}  // namespace marquee::movie
