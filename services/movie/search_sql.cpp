#include "services/movie/search_sql.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace marquee::movie {
namespace {

// Gives every parameter its type, whether the statement uses it or not.
constexpr char kParameters[] = R"sql(
  WITH parameters AS (
    SELECT $1::text, $2::text, $3::text, $4::bigint[], $5::bigint[], $6::double precision,
           $7::double precision, $8::integer, $9::integer, $10::double precision,
           $11::double precision, $12::bigint, $13::bigint))sql";

std::string title_condition(unsigned conditions) {
  if ((conditions & kByTitle) == 0) return "";
  if ((conditions & kByWordStart) == 0) return " AND m.title_fold LIKE $2";
  return " AND (m.title_fold LIKE $2 OR m.title_fold LIKE $3)";
}

std::string filter_conditions(unsigned conditions) {
  std::string sql;
  if (conditions & kByGenre) {
    sql +=
        " AND EXISTS (SELECT FROM movie_genres mg WHERE mg.movie_id = m.id"
        " AND mg.genre_id = ANY($4::bigint[]))";
  }
  if (conditions & kByDirector) {
    sql +=
        " AND EXISTS (SELECT FROM movie_people mp WHERE mp.movie_id = m.id"
        " AND mp.person_id = ANY($5::bigint[]) AND mp.role = 'director')";
  }
  if (conditions & kByMinRating) sql += " AND s.rating >= $6";
  if (conditions & kByMaxRating) sql += " AND s.rating <= $7";
  if (conditions & kByMinYear) sql += " AND m.release_year >= $8";
  if (conditions & kByMaxYear) sql += " AND m.release_year <= $9";
  return sql;
}

// The planner must see how few rows are wanted, or it sorts the whole table: limits are literals,
// of a few sizes so that the statements stay few.
std::string literal_rows(std::int64_t rows) {
  for (std::int64_t size : {21, 101, 1'024, 8'192}) {
    if (rows <= size) return std::to_string(size);
  }
  return "131072";
}

// With a title its trigrams come first, whatever the other conditions look like to a planner that
// does not know their values: OFFSET 0 keeps them apart.
std::string candidate_films(unsigned conditions) {
  if ((conditions & kByTitle) == 0) return "movies";
  return "(SELECT id, title_fold, release_year FROM movies m WHERE true" +
         title_condition(conditions) + " OFFSET 0)";
}

std::string ranked_sql(unsigned conditions) {
  bool by_rating = (conditions & (kByMinRating | kByMaxRating)) != 0;
  return std::string(kParameters) +
         ", candidates AS MATERIALIZED (SELECT m.id, m.title_fold FROM " +
         candidate_films(conditions) + " m" +
         (by_rating ? " JOIN movie_stats s ON s.movie_id = m.id" : "") + " WHERE true" +
         filter_conditions(conditions) + " LIMIT " + std::to_string(kCandidatesMax + 1) + R"sql()
  SELECT * FROM (
    SELECT c.id, s.weighted,
           CASE WHEN c.title_fold = $1 THEN 0 WHEN starts_with(c.title_fold, $1) THEN 1 ELSE 2 END
             AS tier,
           count(*) OVER () AS candidates
      FROM candidates c JOIN movie_stats s ON s.movie_id = c.id) r
   WHERE (r.tier::double precision, -r.weighted, -r.id) > ($10, $11, $12::bigint)
   ORDER BY r.tier, r.weighted DESC, r.id DESC OFFSET $13 LIMIT 101)sql";
}

std::string walk_sql(unsigned conditions, const char* title, std::int64_t rows) {
  return std::string(kParameters) + R"sql(
  SELECT id, weighted FROM (
    SELECT m.id, s.weighted FROM movie_stats s JOIN movies m ON m.id = s.movie_id
     WHERE (s.weighted, s.movie_id) < ($11, $12::bigint))sql" +
         title + filter_conditions(conditions) +
         " ORDER BY s.weighted DESC, s.movie_id DESC LIMIT " + literal_rows(rows) +
         ") r OFFSET $13 LIMIT 101";
}

std::string probe_sql(unsigned conditions) {
  return std::string(kParameters) + R"sql(
  SELECT m.id, s.weighted
    FROM (SELECT movie_id, weighted, rating FROM movie_stats
           ORDER BY weighted DESC, movie_id DESC LIMIT )sql" +
         std::to_string(kProbesMax) + ") s JOIN movies m ON m.id = s.movie_id WHERE true" +
         filter_conditions(conditions) +
         " ORDER BY s.weighted DESC, s.movie_id DESC OFFSET $13 LIMIT 101";
}

std::string similar_sql(unsigned conditions) {
  return std::string(kParameters) + R"sql(
  SELECT m.id FROM similar_titles($1) m JOIN movie_stats s ON s.movie_id = m.id WHERE true)sql" +
         filter_conditions(conditions) +
         " ORDER BY m.likeness DESC, s.weighted DESC, m.id DESC OFFSET $13 LIMIT 101";
}

// Statements point into strings that must stay where they are.
struct Kept {
  std::string name;
  std::string sql;
  db::Statement statement{};
};

template <typename Make>
const db::Statement& kept(const std::string& name, Make make) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Kept>> all;
  std::lock_guard lock(mutex);
  auto& entry = all[name];
  if (!entry) {
    entry = std::make_unique<Kept>();
    entry->name = name;
    entry->sql = make();
    entry->statement = {entry->name.c_str(), entry->sql.c_str()};
  }
  return entry->statement;
}

std::string name_of(const char* way, unsigned conditions) {
  return std::string("search_") + way + "_" + std::to_string(conditions);
}

}  // namespace

const db::Statement& ranked_search(unsigned conditions) {
  return kept(name_of("ranked", conditions), [&] { return ranked_sql(conditions); });
}

const db::Statement& exact_search(unsigned conditions, std::int64_t rows) {
  return kept(name_of("exact", conditions) + "_" + literal_rows(rows),
              [&] { return walk_sql(conditions, " AND m.title_fold = $1", rows); });
}

const db::Statement& walked_search(unsigned conditions, std::int64_t rows) {
  return kept(name_of("walked", conditions) + "_" + literal_rows(rows), [&] {
    std::string title = title_condition(conditions);
    if (!title.empty()) title += " AND m.title_fold <> $1";
    return walk_sql(conditions, title.c_str(), rows);
  });
}

const db::Statement& probed_search(unsigned conditions) {
  return kept(name_of("probed", conditions), [&] { return probe_sql(conditions); });
}

const db::Statement& similar_search(unsigned conditions) {
  return kept(name_of("similar", conditions), [&] { return similar_sql(conditions); });
}

}  // namespace marquee::movie
