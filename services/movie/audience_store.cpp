#include "services/movie/audience_store.h"

namespace marquee::movie {
namespace {

// Reads no more than a page of either index of each film. A film that nobody cares about is one row
// without user.
constexpr db::Statement kAudiences{"list_audiences", R"sql(
  SELECT k.n - 1, m.title, a.user_id
    FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (movie_id, after, n)
    JOIN movies m ON m.id = k.movie_id
    LEFT JOIN LATERAL (
      SELECT user_id FROM (
        (SELECT user_id FROM reviews
          WHERE movie_id = k.movie_id AND user_id > k.after ORDER BY user_id LIMIT $3::bigint)
        UNION
        (SELECT user_id FROM watchlist_entries
          WHERE movie_id = k.movie_id AND user_id > k.after ORDER BY user_id LIMIT $3::bigint)) u
       ORDER BY user_id LIMIT $3::bigint) a ON true
   ORDER BY k.n, a.user_id)sql"};

}  // namespace

std::vector<std::optional<FilmAudience>> AudienceStore::list(const Deadline& deadline,
                                                             const std::vector<AudienceKey>& keys,
                                                             std::int64_t limit) {
  std::vector<std::int64_t> movies;
  std::vector<std::int64_t> afters;
  for (const AudienceKey& key : keys) {
    movies.push_back(key.movie);
    afters.push_back(key.after);
  }
  const auto rows = pool_.read(deadline, [&](db::Tx& tx) {
    return tx.exec(kAudiences, db::array(movies), db::array(afters), limit);
  });
  std::vector<std::optional<FilmAudience>> audiences(keys.size());
  for (const auto& row : rows) {
    auto& audience = audiences.at(row[0].as<std::size_t>());
    if (!audience) audience.emplace().title = row[1].c_str();
    if (!row[2].is_null()) audience->users.push_back(row[2].as<std::int64_t>());
  }
  return audiences;
}

}  // namespace marquee::movie
