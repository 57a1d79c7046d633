#include "services/movie/audience_store.h"

#include "services/movie/catalog_store.h"

namespace marquee::movie {
namespace {

// Reads no more than a page of either index. A film that nobody cares about is one row without
// user.
constexpr db::Statement kAudience{"list_audience", R"sql(
  SELECT m.title, a.user_id
    FROM movies m
    LEFT JOIN LATERAL (
      SELECT user_id FROM (
        (SELECT user_id FROM reviews
          WHERE movie_id = $1::bigint AND user_id > $2::bigint ORDER BY user_id LIMIT $3::bigint)
        UNION
        (SELECT user_id FROM watchlist_entries
          WHERE movie_id = $1::bigint AND user_id > $2::bigint ORDER BY user_id LIMIT $3::bigint)) u
       ORDER BY user_id LIMIT $3::bigint) a ON true
   WHERE m.id = $1::bigint ORDER BY a.user_id)sql"};

}  // namespace

FilmAudience AudienceStore::list(const Deadline& deadline, std::int64_t movie, std::int64_t after,
                                 std::int64_t limit) {
  const auto rows =
      pool_.read(deadline, [&](db::Tx& tx) { return tx.exec(kAudience, movie, after, limit); });
  if (rows.empty()) throw movie_not_found();
  FilmAudience audience;
  audience.title = rows[0][0].c_str();
  for (const auto& row : rows) {
    if (!row[1].is_null()) audience.users.push_back(row[1].as<std::int64_t>());
  }
  return audience;
}

}  // namespace marquee::movie
