#include "services/movie/watchlists_store.h"

#include "services/movie/cursor.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kListWatchlist{"list_watchlist", R"sql(
  SELECT movie_id, (extract(epoch FROM added_at) * 1000000)::bigint FROM watchlist_entries
   WHERE user_id = $1::bigint
     AND (added_at, movie_id)
         < ('epoch'::timestamptz + $2::bigint * interval '1 microsecond', $3::bigint)
   ORDER BY added_at DESC, movie_id DESC LIMIT $4::bigint)sql"};

constexpr db::Statement kAddToWatchlist{"add_to_watchlist", R"sql(
  INSERT INTO watchlist_entries (user_id, movie_id) VALUES ($1::bigint, $2::bigint)
  ON CONFLICT DO NOTHING)sql"};

constexpr db::Statement kRemoveFromWatchlist{"remove_from_watchlist", R"sql(
  WITH gone AS (
    DELETE FROM watchlist_entries WHERE user_id = $1::bigint AND movie_id = $2::bigint)
  SELECT EXISTS (SELECT FROM movies WHERE id = $2::bigint))sql"};

constexpr char kCursorKind[] = "watchlist";

// The contract's text for watchlists ends in a full stop.
Error film_not_found() {
  return Error::not_found("movie_not_found", "Movie not found.");
}

}  // namespace

FilmList WatchlistsStore::list(const Deadline& deadline, std::int64_t user, std::int64_t limit,
                               const std::string& cursor) {
  std::vector<std::int64_t> key = {kBeyondTimeUs, 0};
  if (!cursor.empty()) key = decode_time_cursor(kCursorKind, cursor);
  return pool_.read(deadline, [&](db::Tx& tx) {
    FilmList list;
    for (const auto& row : tx.exec(kListWatchlist, user, key[0], key[1], limit + 1)) {
      if (static_cast<std::int64_t>(list.ids.size()) == limit) {
        list.next_cursor = encode_cursor(kCursorKind, key);
        break;
      }
      list.ids.push_back(row[0].as<std::int64_t>());
      key = {row[1].as<std::int64_t>(), list.ids.back()};
    }
    return list;
  });
}

void WatchlistsStore::add(const Deadline& deadline, std::int64_t user, std::int64_t movie) {
  try {
    pool_.write(deadline, [&](db::Tx& tx) { tx.exec(kAddToWatchlist, user, movie); });
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() == "watchlist_entries_movie_exists") throw film_not_found();
    throw;
  }
}

void WatchlistsStore::remove(const Deadline& deadline, std::int64_t user, std::int64_t movie) {
  bool exists = pool_.write(deadline, [&](db::Tx& tx) {
    return tx.exec(kRemoveFromWatchlist, user, movie)[0][0].as<bool>();
  });
  if (!exists) throw film_not_found();
}

}  // namespace marquee::movie
