#include "services/movie/importer/opinion_store.h"

#include "services/movie/importer/copy_rows.h"

namespace marquee::movie::importer {
namespace {

using db::Statement;

constexpr Statement kFindUsers{"import_find_users", R"sql(
  UPDATE import_chunk_opinions c SET user_id = u.user_id
    FROM import_users u WHERE u.kind = $1 AND u.source_user = c.source_user)sql"};
constexpr Statement kFindByMovielens{"import_find_by_movielens", R"sql(
  UPDATE import_chunk_opinions c SET user_id = u.user_id, movie_id = m.id
    FROM import_users u, movies m
   WHERE u.kind = $1 AND u.source_user = c.source_user AND m.movielens_id = c.movielens_id)sql"};
constexpr Statement kFindByTitle{"import_find_by_title", R"sql(
  UPDATE import_chunk_opinions c SET movie_id = f.movie_id
    FROM (SELECT o.line, min(m.id) AS movie_id
            FROM import_chunk_opinions o
            JOIN movies m ON m.title_fold = movie_fold(o.title)
                         AND m.release_year = o.release_year
           GROUP BY o.line) f
   WHERE f.line = c.line AND c.title IS NOT NULL)sql"};
constexpr Statement kUnknown{"import_unknown_opinions", R"sql(
  SELECT c.line,
         CASE WHEN c.title IS NOT NULL AND c.movie_id IS NULL
              THEN 'there is no film "' || c.title || '" of ' || c.release_year
              WHEN c.movielens_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM movies m WHERE m.movielens_id = c.movielens_id)
              THEN 'there is no film with movieId ' || c.movielens_id
              ELSE 'there is no user "' || c.source_user || '"' END
    FROM import_chunk_opinions c
   WHERE c.movie_id IS NULL OR c.user_id IS NULL ORDER BY c.line)sql"};
// A film that goes meanwhile takes what is known of it along; one that stays cannot go any more.
constexpr Statement kHoldFilms{"import_hold_films", R"sql(
  WITH held AS (
    SELECT m.id FROM movies m WHERE m.id IN (SELECT movie_id FROM import_chunk_opinions)
     ORDER BY m.id FOR KEY SHARE)
  UPDATE import_chunk_opinions SET movie_id = NULL
   WHERE movie_id IS NOT NULL AND movie_id NOT IN (SELECT id FROM held))sql"};
constexpr Statement kStoreRatings{"import_store_ratings", R"sql(
  WITH latest AS (
    SELECT DISTINCT ON (user_id, movie_id) user_id, movie_id, half_stars, at, line
      FROM import_chunk_opinions
     WHERE movie_id IS NOT NULL AND user_id IS NOT NULL
     ORDER BY user_id, movie_id, at DESC NULLS LAST, line),
  written AS (
    INSERT INTO ratings AS r (user_id, movie_id, half_stars, rated_at)
    SELECT user_id, movie_id, half_stars, coalesce(to_timestamp(at), now())
      FROM latest ORDER BY line
    ON CONFLICT ON CONSTRAINT ratings_one_per_user DO UPDATE
       SET replaced = r.half_stars, half_stars = excluded.half_stars, rated_at = excluded.rated_at
     WHERE excluded.rated_at > r.rated_at AND excluded.rated_at < now()
    RETURNING movie_id, half_stars, replaced),
  deltas AS (
    SELECT movie_id, half_stars, 1 AS n FROM written
    UNION ALL SELECT movie_id, replaced, -1 FROM written WHERE replaced IS NOT NULL),
  counted AS MATERIALIZED (
    SELECT count_ratings(array_agg((movie_id, half_stars, n)::rating_delta)) FROM deltas),
  figures AS (
    SELECT count(*) FILTER (WHERE replaced IS NULL) AS added,
           count(*) FILTER (WHERE replaced IS NOT NULL) AS changed FROM written)
  SELECT added, changed FROM figures, counted)sql"};
constexpr Statement kStoreTags{"import_store_tags", R"sql(
  WITH written AS (
    INSERT INTO movie_tags (movie_id, user_id, tag, tagged_at)
    SELECT movie_id, user_id, body, coalesce(to_timestamp(at), now())
      FROM import_chunk_opinions
     WHERE movie_id IS NOT NULL AND user_id IS NOT NULL ORDER BY line
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*), 0 FROM written)sql"};
constexpr Statement kStoreReviews{"import_store_reviews", R"sql(
  WITH written AS (
    INSERT INTO reviews (movie_id, user_id, comment, created_at)
    SELECT movie_id, user_id, body, coalesce(to_timestamp(at), now())
      FROM import_chunk_opinions
     WHERE movie_id IS NOT NULL AND user_id IS NOT NULL ORDER BY line
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*), 0 FROM written)sql"};

StoreResult store(db::Tx& tx, const std::string& kind, const std::vector<OpinionRow>& opinions,
                  const Statement& write) {
  StoreResult result;
  if (opinions.empty()) return result;
  tx.run("TRUNCATE import_chunk_opinions");
  copy_rows(
      tx, "import_chunk_opinions",
      {"line", "source_user", "movielens_id", "title", "release_year", "half_stars", "body", "at"},
      opinions, [](const OpinionRow& row) {
        return std::make_tuple(row.line, row.user, row.movielens_id, row.title, row.release_year,
                               row.half_stars, row.text, row.at);
      });
  if (opinions.front().movielens_id) {
    tx.exec(kFindByMovielens, kind);
  } else {
    tx.exec(kFindUsers, kind);
    tx.exec(kFindByTitle);
  }
  tx.exec(kHoldFilms);
  for (const auto& row : tx.exec(kUnknown)) {
    result.rejected.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>()});
  }
  auto counts = tx.exec(write);
  result.counts.added = counts[0][0].as<std::int64_t>();
  result.counts.changed = counts[0][1].as<std::int64_t>();
  result.counts.unchanged = static_cast<std::int64_t>(opinions.size()) -
                            static_cast<std::int64_t>(result.rejected.size()) -
                            result.counts.added - result.counts.changed;
  return result;
}

}  // namespace

StoreResult store_ratings(db::Tx& tx, const std::string& kind,
                          const std::vector<OpinionRow>& ratings) {
  return store(tx, kind, ratings, kStoreRatings);
}

StoreResult store_tags(db::Tx& tx, const std::string& kind, const std::vector<OpinionRow>& tags) {
  return store(tx, kind, tags, kStoreTags);
}

StoreResult store_reviews(db::Tx& tx, const std::string& kind,
                          const std::vector<OpinionRow>& reviews) {
  return store(tx, kind, reviews, kStoreReviews);
}

}  // namespace marquee::movie::importer
