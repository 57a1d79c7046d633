#include "services/movie/ratings_store.h"

#include "marquee/events/v1/movies.pb.h"
#include "services/movie/catalog_store.h"
#include "services/movie/cursor.h"
#include "services/movie/rating_sql.h"

namespace marquee::movie {
namespace {

// $5 events, told of those that are of a review; empty: not told. $6 traceparents.
constexpr db::Statement kSaveRatings{
    "save_ratings",
    "WITH " RATINGS_ASKED(", $5::bytea[], $6::text[]", ", event, traceparent") R"sql(,
  reviewed AS (
    SELECT a.n, v.id, a.event, a.traceparent FROM asked a
      JOIN reviews v ON v.user_id = a.user_id AND v.movie_id = a.movie_id),
  told AS (
    INSERT INTO outbox (type, subject, traceparent, payload)
    SELECT 'review.updated', id, traceparent, event FROM reviewed WHERE event <> ''),)sql" SAVE_AND_COUNT_RATINGS(
        "asked") R"sql(
  SELECT a.n - 1, r.id, (extract(epoch FROM r.rated_at) * 1000000)::bigint, r.replaced IS NULL,
         coalesce(v.id, 0), coalesce(c.movie_id, film_is_gone())
    FROM asked a
    JOIN rating r ON r.movie_id = a.movie_id AND r.user_id = a.user_id
    LEFT JOIN reviewed v ON v.n = a.n
    LEFT JOIN counted c ON c.movie_id = a.movie_id)sql"};

constexpr db::Statement kLockRating{"lock_rating", R"sql(
  SELECT FROM ratings WHERE user_id = $1::bigint AND movie_id = $2::bigint FOR UPDATE)sql"};

constexpr db::Statement kHasReview{"has_review", R"sql(
  SELECT EXISTS (SELECT FROM reviews WHERE user_id = $1::bigint AND movie_id = $2::bigint))sql"};

constexpr db::Statement kDeleteRating{"delete_rating", R"sql(
  WITH gone AS (
    DELETE FROM ratings WHERE user_id = $1::bigint AND movie_id = $2::bigint
    RETURNING movie_id, half_stars)
  SELECT count_ratings(ARRAY[(movie_id, half_stars, -1)::rating_delta]) FROM gone)sql"};

constexpr db::Statement kMovieExists{"movie_exists",
                                     "SELECT EXISTS (SELECT FROM movies WHERE id = $1::bigint)"};

constexpr db::Statement kRatedBy{"rated_by", R"sql(
  SELECT movie_id, half_stars, (extract(epoch FROM rated_at) * 1000000)::bigint, id
    FROM ratings
   WHERE user_id = $1::bigint
     AND (rated_at, id)
         < ('epoch'::timestamptz + $2::bigint * interval '1 microsecond', $3::bigint)
   ORDER BY rated_at DESC, id DESC LIMIT $4::bigint)sql"};

// Of one, without the cost of a list.
constexpr db::Statement kOwnView{"own_view", R"sql(
  SELECT coalesce((SELECT half_stars FROM ratings
                    WHERE user_id = $1::bigint AND movie_id = $2::bigint), 0),
         EXISTS (SELECT FROM watchlist_entries
                  WHERE user_id = $1::bigint AND movie_id = $2::bigint))sql"};

constexpr db::Statement kOwnViews{"own_views", R"sql(
  SELECT k.user_id, k.movie_id,
         coalesce((SELECT r.half_stars FROM ratings r
                    WHERE r.user_id = k.user_id AND r.movie_id = k.movie_id), 0),
         EXISTS (SELECT FROM watchlist_entries w
                  WHERE w.user_id = k.user_id AND w.movie_id = k.movie_id)
    FROM unnest($1::bigint[], $2::bigint[]) AS k(user_id, movie_id))sql"};

constexpr char kCursorKind[] = "rated";

}  // namespace

std::uint64_t key_of(std::int64_t user, std::int64_t movie) {
  // Any odd number with many bits spreads users and films over each other.
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  return std::hash<std::int64_t>{}(user)*kSpread ^ std::hash<std::int64_t>{}(movie);
}

void save_rating(db::Tx& tx, std::int64_t user, std::int64_t movie, int half_stars) {
  using One = std::vector<std::int64_t>;
  using Texts = std::vector<std::string>;
  auto rows =
      tx.exec(kSaveRatings, db::array(One{user}), db::array(One{movie}), db::array(One{half_stars}),
              "0", db::array(Texts{db::bytea("")}), db::array(Texts{""}));
  if (rows.empty()) throw movie_not_found();
}

void delete_rating(db::Tx& tx, std::int64_t user, std::int64_t movie) {
  tx.exec(kDeleteRating, user, movie);
}

RatingsStore::RatingsStore(db::Pool& pool, events::Outbox& outbox)
    : pool_(pool),
      outbox_(outbox),
      ratings_(
          pool, [](const Rating& rating) { return key_of(rating.user, rating.movie); },
          [this](db::Tx& tx, Ratings::Group& group) { save_ratings(tx, group); }),
      own_views_(pool, &load_own_views) {}

SavedRating RatingsStore::rate(const Deadline& deadline, std::int64_t user, std::int64_t movie,
                               int half_stars) {
  try {
    return ratings_.write(deadline, {user, movie, half_stars, events::current_traceparent()});
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() == "ratings_movie_exists") throw movie_not_found();
    throw;
  }
}

void RatingsStore::save_ratings(db::Tx& tx, Ratings::Group& group) {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> movies;
  std::vector<std::int64_t> half_stars;
  std::vector<std::string> payloads;
  std::vector<std::string> traceparents;
  for (const Rating* rating : group.items) {
    users.push_back(rating->user);
    movies.push_back(rating->movie);
    half_stars.push_back(rating->half_stars);
    events::v1::ReviewUpdated event;
    event.set_movie_id(rating->movie);
    event.set_user_id(rating->user);
    payloads.push_back(db::bytea(event.SerializeAsString()));
    traceparents.push_back(rating->traceparent);
  }
  bool told = false;
  for (const auto& row :
       tx.exec(kSaveRatings, db::array(users), db::array(movies), db::array(half_stars),
               group.lock_wait(), db::array(payloads), db::array(traceparents))) {
    told = told || row[4].as<std::int64_t>() != 0;
    group.answer(row[0].as<std::size_t>(), {row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
                                            row[3].as<bool>(), row[4].as<std::int64_t>()});
  }
  if (told) outbox_.told_by_statement(tx);
  group.refuse_others(movie_not_found());
}

bool RatingsStore::withdraw(const Deadline& deadline, std::int64_t user, std::int64_t movie) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    // The lock comes first, in a statement of its own, so that the review's absence is looked up
    // after anybody who was writing both has committed.
    if (tx.exec(kLockRating, user, movie).empty()) {
      if (!tx.exec(kMovieExists, movie)[0][0].as<bool>()) throw movie_not_found();
      return false;
    }
    if (tx.exec(kHasReview, user, movie)[0][0].as<bool>()) {
      throw Error(Code::kFailedPrecondition, "rating_of_review",
                  "The rating belongs to your review; delete the review to withdraw it");
    }
    delete_rating(tx, user, movie);
    return true;
  });
}

RatedList RatingsStore::rated_by(const Deadline& deadline, std::int64_t user, std::int64_t limit,
                                 const std::string& cursor) {
  std::vector<std::int64_t> key = {kBeyondTimeUs, 0};
  if (!cursor.empty()) key = decode_time_cursor(kCursorKind, cursor);
  return pool_.read(deadline, [&](db::Tx& tx) {
    RatedList list;
    for (const auto& row : tx.exec(kRatedBy, user, key[0], key[1], limit + 1)) {
      if (static_cast<std::int64_t>(list.films.size()) == limit) {
        list.next_cursor = encode_cursor(kCursorKind, key);
        break;
      }
      list.films.push_back({row[0].as<std::int64_t>(), row[1].as<int>()});
      key = {row[2].as<std::int64_t>(), row[3].as<std::int64_t>()};
    }
    return list;
  });
}

std::size_t RatingsStore::OwnHash::operator()(const Own& own) const {
  return key_of(own.user, own.movie);
}

void RatingsStore::load_own_views(db::Tx& tx, const OwnViews::Keys& keys,
                                  OwnViews::FoundValues& found) {
  if (keys.size() == 1) {
    auto row = tx.exec(kOwnView, keys[0].user, keys[0].movie)[0];
    found.add(keys[0], {row[0].as<int>(), row[1].as<bool>()});
    return;
  }
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> movies;
  for (const auto& key : keys) {
    users.push_back(key.user);
    movies.push_back(key.movie);
  }
  for (const auto& row : tx.exec(kOwnViews, db::array(users), db::array(movies))) {
    found.add({row[0].as<std::int64_t>(), row[1].as<std::int64_t>()},
              {row[2].as<int>(), row[3].as<bool>()});
  }
}

OwnView RatingsStore::own_view(const Deadline& deadline, std::int64_t user, std::int64_t movie) {
  return *own_views_.load(deadline, {user, movie});
}

}  // namespace marquee::movie
