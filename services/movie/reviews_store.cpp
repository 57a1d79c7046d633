#include "services/movie/reviews_store.h"

#include <limits>

#include "marquee/events/v1/movies.pb.h"
#include "services/movie/catalog_store.h"
#include "services/movie/cursor.h"
#include "services/movie/rating_sql.h"
#include "services/movie/ratings_store.h"

namespace marquee::movie {
namespace {

#define REVIEW_COLUMNS                                                        \
  "SELECT v.id, v.movie_id, v.user_id, coalesce(r.half_stars, 0), v.comment," \
  " (extract(epoch FROM v.created_at) * 1000000)::bigint,"                    \
  " (extract(epoch FROM v.updated_at) * 1000000)::bigint"                     \
  " FROM reviews v LEFT JOIN ratings r ON r.user_id = v.user_id AND r.movie_id = v.movie_id"

constexpr db::Statement kReviewsOfMovie{"list_reviews_of_movie", REVIEW_COLUMNS
                                        " WHERE v.movie_id = $1::bigint AND v.id < $2::bigint"
                                        " ORDER BY v.id DESC OFFSET $3::bigint LIMIT $4::bigint"};
constexpr db::Statement kReviews{"list_reviews", REVIEW_COLUMNS
                                 " WHERE v.id < $1::bigint"
                                 " ORDER BY v.id DESC OFFSET $2::bigint"
                                 " LIMIT $3::bigint"};
constexpr db::Statement kReview{"review", REVIEW_COLUMNS " WHERE v.id = $1::bigint"};

#undef REVIEW_COLUMNS

// A film that is not there is in no row, a review that exists already is null in its.
constexpr db::Statement kInsertReviews{
    "insert_reviews",
    "WITH " RATINGS_ASKED(", $5::text[], $6::bytea[], $7::text[]", ", comment, event, traceparent") R"sql(,
  review AS (
    INSERT INTO reviews (user_id, movie_id, comment) SELECT user_id, movie_id, comment FROM asked
    ON CONFLICT ON CONSTRAINT reviews_one_per_user DO NOTHING
    RETURNING id, user_id, movie_id),
  told AS (
    INSERT INTO outbox (type, subject, traceparent, payload)
    SELECT 'review.created', v.id, a.traceparent, a.event FROM review v
      JOIN asked a ON a.movie_id = v.movie_id AND a.user_id = v.user_id),
  reviewed AS (
    SELECT v.user_id, v.movie_id, a.half_stars FROM review v
      JOIN asked a ON a.movie_id = v.movie_id AND a.user_id = v.user_id),)sql" SAVE_AND_COUNT_RATINGS(
        "reviewed") R"sql(
  SELECT a.n - 1, v.id, CASE WHEN v.id IS NOT NULL THEN coalesce(c.movie_id, film_is_gone()) END
    FROM asked a
    LEFT JOIN review v ON v.movie_id = a.movie_id AND v.user_id = a.user_id
    LEFT JOIN counted c ON c.movie_id = a.movie_id)sql"};

constexpr db::Statement kLockReview{
    "lock_review", "SELECT user_id, movie_id FROM reviews WHERE id = $1::bigint FOR UPDATE"};

constexpr db::Statement kUpdateReview{"update_review", R"sql(
  UPDATE reviews SET comment = coalesce($2::text, comment), updated_at = now()
   WHERE id = $1::bigint)sql"};

constexpr db::Statement kDeleteReview{"delete_review", "DELETE FROM reviews WHERE id = $1::bigint"};

constexpr db::Statement kMovieExists{"reviewed_movie_exists",
                                     "SELECT EXISTS (SELECT FROM movies WHERE id = $1::bigint)"};

constexpr char kCursorKind[] = "reviews";

StoredReview read_review(const pqxx::row& row) {
  StoredReview review;
  review.id = row[0].as<std::int64_t>();
  review.movie_id = row[1].as<std::int64_t>();
  review.user_id = row[2].as<std::int64_t>();
  review.half_stars = row[3].as<int>();
  review.comment = row[4].c_str();
  review.created_at_us = row[5].as<std::int64_t>();
  if (!row[6].is_null()) review.updated_at_us = row[6].as<std::int64_t>();
  return review;
}

ReviewList read_list(const pqxx::result& rows, std::int64_t limit) {
  ReviewList list;
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(list.reviews.size()) == limit) {
      list.next_cursor = encode_cursor(kCursorKind, {list.reviews.back().id});
      break;
    }
    list.reviews.push_back(read_review(row));
  }
  return list;
}

std::int64_t before_id(const std::string& cursor) {
  if (cursor.empty()) return std::numeric_limits<std::int64_t>::max();
  return decode_cursor(kCursorKind, cursor, 1)[0];
}

struct Owned {
  std::int64_t user_id = 0;
  std::int64_t movie_id = 0;
};

template <typename Message>
Message told_of(const Owned& owned) {
  Message message;
  message.set_movie_id(owned.movie_id);
  message.set_user_id(owned.user_id);
  return message;
}

Owned lock_own(db::Tx& tx, std::int64_t id, std::int64_t user, bool any, const char* what) {
  auto rows = tx.exec(kLockReview, id);
  if (rows.empty()) throw Error::not_found("review_not_found", "Review not found");
  Owned owned{rows[0][0].as<std::int64_t>(), rows[0][1].as<std::int64_t>()};
  if (any || owned.user_id == user) return owned;
  throw Error::denied("not_your_review", std::string("Unauthorized to ") + what + " this review");
}

}  // namespace

ReviewList ReviewsStore::of_movie(const Deadline& deadline, std::int64_t movie, const Page& page,
                                  const std::string& cursor) {
  auto before = before_id(cursor);
  return pool_.read(deadline, [&](db::Tx& tx) {
    auto list =
        read_list(tx.exec(kReviewsOfMovie, movie, before, page.offset, page.limit + 1), page.limit);
    if (list.reviews.empty() && !tx.exec(kMovieExists, movie)[0][0].as<bool>()) {
      throw movie_not_found();
    }
    return list;
  });
}

ReviewList ReviewsStore::all(const Deadline& deadline, const Page& page,
                             const std::string& cursor) {
  auto before = before_id(cursor);
  return pool_.read(deadline, [&](db::Tx& tx) {
    return read_list(tx.exec(kReviews, before, page.offset, page.limit + 1), page.limit);
  });
}

StoredReview ReviewsStore::get(const Deadline& deadline, std::int64_t id) {
  return pool_.read(deadline, [&](db::Tx& tx) {
    auto rows = tx.exec(kReview, id);
    if (rows.empty()) throw Error::not_found("review_not_found", "Review not found");
    return read_review(rows[0]);
  });
}

ReviewsStore::ReviewsStore(db::Pool& pool, events::Outbox& outbox)
    : pool_(pool),
      outbox_(outbox),
      reviews_(
          pool, [](const NewReview& review) { return key_of(review.user, review.movie); },
          [this](db::Tx& tx, NewReviews::Group& group) { insert_reviews(tx, group); }) {}

std::int64_t ReviewsStore::create(const Deadline& deadline, std::int64_t user, std::int64_t movie,
                                  int half_stars, const std::string& comment) {
  events::v1::ReviewCreated event;
  event.set_movie_id(movie);
  event.set_user_id(user);
  event.set_half_stars(half_stars);
  try {
    return reviews_.write(deadline,
                          {user, movie, half_stars, comment, db::bytea(event.SerializeAsString()),
                           events::current_traceparent()});
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() == "ratings_movie_exists") throw movie_not_found();
    throw;
  }
}

void ReviewsStore::insert_reviews(db::Tx& tx, NewReviews::Group& group) {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> movies;
  std::vector<std::int64_t> half_stars;
  std::vector<std::string> comments;
  std::vector<std::string> payloads;
  std::vector<std::string> traceparents;
  for (const NewReview* review : group.items) {
    users.push_back(review->user);
    movies.push_back(review->movie);
    half_stars.push_back(review->half_stars);
    comments.push_back(review->comment);
    payloads.push_back(review->event);
    traceparents.push_back(review->traceparent);
  }
  outbox_.told_by_statement(tx);
  for (const auto& row : tx.exec(kInsertReviews, db::array(users), db::array(movies),
                                 db::array(half_stars), group.lock_wait(), db::array(comments),
                                 db::array(payloads), db::array(traceparents))) {
    auto item = row[0].as<std::size_t>();
    if (row[1].is_null()) {
      group.refuse(item, Error::exists("already_reviewed", "You already reviewed this movie"));
    } else {
      group.answer(item, row[1].as<std::int64_t>());
    }
  }
  group.refuse_others(movie_not_found());
}

std::int64_t ReviewsStore::update(const Deadline& deadline, std::int64_t id, std::int64_t user,
                                  std::optional<int> half_stars,
                                  const std::optional<std::string>& comment) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    auto owned = lock_own(tx, id, user, false, "update");
    tx.exec(kUpdateReview, id, comment);
    if (half_stars) save_rating(tx, user, owned.movie_id, *half_stars);
    outbox_.add(tx, events::kReviewUpdated, id, told_of<events::v1::ReviewUpdated>(owned));
    return owned.movie_id;
  });
}

std::int64_t ReviewsStore::remove(const Deadline& deadline, std::int64_t id, std::int64_t user,
                                  bool any) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    auto owned = lock_own(tx, id, user, any, "delete");
    tx.exec(kDeleteReview, id);
    delete_rating(tx, owned.user_id, owned.movie_id);
    outbox_.add(tx, events::kReviewDeleted, id, told_of<events::v1::ReviewDeleted>(owned));
    return owned.movie_id;
  });
}

}  // namespace marquee::movie
