#include "services/movie/audience_store.h"

#include <algorithm>
#include <iterator>

namespace marquee::movie {
namespace {

// Reads no more than a page of either index of each film: who reviewed it, and who has it on the
// watchlist.
constexpr db::Statement kAudiences{"list_audiences", R"sql(
  SELECT k.n - 1, m.title,
         ARRAY(SELECT user_id FROM reviews
                WHERE movie_id = k.movie_id AND user_id > k.after
                ORDER BY user_id LIMIT $3::bigint),
         ARRAY(SELECT user_id FROM watchlist_entries
                WHERE movie_id = k.movie_id AND user_id > k.after
                ORDER BY user_id LIMIT $3::bigint)
    FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (movie_id, after, n)
    JOIN movies m ON m.id = k.movie_id)sql"};

// The first `limit` of both, which are in order, each once.
std::vector<std::int64_t> first_of(const std::vector<std::int64_t>& some,
                                   const std::vector<std::int64_t>& others, std::int64_t limit) {
  std::vector<std::int64_t> all;
  std::set_union(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(all));
  all.resize(std::min(all.size(), static_cast<std::size_t>(limit)));
  return all;
}

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
    auto& audience = audiences.at(row[0].as<std::size_t>()).emplace();
    audience.title = row[1].c_str();
    audience.users =
        first_of(db::from_array(db::text(row[2])), db::from_array(db::text(row[3])), limit);
  }
  return audiences;
}

}  // namespace marquee::movie
