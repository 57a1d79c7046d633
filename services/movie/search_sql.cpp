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
    SELECT $1::bigint[], $2::double precision, $3::bigint, $4::bigint, $5::text, $6::double precision,
           $7::double precision, $8::integer, $9::integer, $10::text[], $11::text[], $12::bigint[],
           $13::integer))sql";

constexpr char kWordsOfTitle[] =
    "(SELECT t.words FROM search_films t WHERE t.movie_id = x.movie_id)";

// Of films x (movie_id, release_year). Subqueries, because a planner could turn joins around and
// read all films that fit a condition.
std::string filter_conditions(unsigned conditions) {
  std::string sql = " WHERE true";
  if (conditions & kByMinYear) sql += " AND x.release_year >= $8";
  if (conditions & kByMaxYear) sql += " AND x.release_year <= $9";
  if (conditions & (kByMinRating | kByMaxRating)) {
    sql +=
        " AND (SELECT s.rating FROM movie_stats s WHERE s.movie_id = x.movie_id)"
        " BETWEEN $6 AND $7";
  }
  if (conditions & kByGenre) {
    sql +=
        " AND (SELECT true FROM movie_genres mg WHERE mg.movie_id = x.movie_id AND mg.genre_id ="
        " ANY(ARRAY(SELECT g.id FROM genres g WHERE g.name_fold LIKE $5)) LIMIT 1)";
  }
  if (conditions & kBySigns) {
    sql +=
        " AND (SELECT m.title_fold ~>=~ $10[1] AND m.title_fold ~<~ $10[4]"
        " FROM movies m WHERE m.id = x.movie_id)";
  }
  return sql;
}

std::string title_condition(unsigned conditions, const char* condition) {
  if ((conditions & kByTitle) == 0) return "";
  return std::string(" AND ") + kWordsOfTitle + condition;
}

// The films of the list l.list after a key, best first. A planner that knew the limits would find
// them larger than the average list, and might then read and sort whole lists; so they are hidden
// from it.
std::string films_of_list(unsigned conditions, const char* after, const std::string& title) {
  std::string sql = R"sql(
    (SELECT x.movie_id, x.ranked
       FROM (SELECT movie_id, ranked, release_year FROM search_entries e
              WHERE e.list = l.list AND (e.ranked, e.movie_id) < ()sql" +
                    std::string(after) +
                    ", $3) ORDER BY e.ranked DESC, e.movie_id DESC LIMIT (SELECT ";
  sql += std::to_string(conditions & kByTitle ? kTitlesLookedAtMax : kLookedAtMax);
  return sql + ")) x" + filter_conditions(conditions) + title +
         " ORDER BY x.ranked DESC, x.movie_id DESC LIMIT (SELECT $4))";
}

std::string ordered_sql(unsigned conditions) {
  return std::string(R"sql(
  SELECT f.movie_id, f.ranked, l.place
    FROM unnest($1, $10) WITH ORDINALITY AS l (list, pattern, place)
   CROSS JOIN LATERAL )sql") +
         films_of_list(conditions, "CASE WHEN l.place = 1 THEN $2::real ELSE 'Infinity'::real END",
                       title_condition(conditions, " LIKE l.pattern")) +
         " f LIMIT $4";
}

std::string merged_sql(unsigned conditions, const char* lists) {
  std::string fits = "true";
  std::string joins;
  if (conditions & kUnlikeTitle) {
    fits = "u.words NOT LIKE ALL($11)";
    joins = " JOIN search_films u ON u.movie_id = d.movie_id";
  }
  if (conditions & kMostlyOfMinRating) {
    fits += " AND coalesce(s.rating >= $6, false)";
    joins += " JOIN movie_stats s ON s.movie_id = d.movie_id";
  }
  return std::string(" SELECT d.movie_id, d.ranked, ") + fits +
         " FROM (SELECT DISTINCT f.movie_id, f.ranked FROM " + lists + " CROSS JOIN LATERAL " +
         films_of_list(conditions, "$2::real", title_condition(conditions, " LIKE ALL($10)")) +
         " f ORDER BY f.ranked DESC, f.movie_id DESC LIMIT $4) d" + joins +
         " ORDER BY d.ranked DESC, d.movie_id DESC";
}

std::string staged_sql(unsigned conditions) {
  // Subqueries that are not needed are not run.
  std::string title = title_condition(conditions, " LIKE ALL(string_to_array(l.pattern, '|'))");
  if (!title.empty()) title = " AND (l.pattern = '' OR (true" + title + "))";
  return std::string(R"sql(
  SELECT f.movie_id, f.ranked, min(l.stage) AS stage
    FROM unnest($1, $12, $10) AS l (list, stage, pattern) CROSS JOIN LATERAL )sql") +
         films_of_list(conditions, "'Infinity'::real", title) +
         " f GROUP BY f.movie_id, f.ranked"
         " ORDER BY 3, f.ranked DESC, f.movie_id DESC LIMIT $4";
}

std::string gathered_sql(unsigned conditions) {
  return std::string(" SELECT x.movie_id, x.ranked, x.list FROM search_entries x") +
         filter_conditions(conditions) + " AND x.list = ANY($1) LIMIT " +
         std::to_string(kGatheredMax + 1);
}

std::string candidates_sql(unsigned conditions) {
  std::string films = (conditions & kByDirector)
                          ? "(SELECT DISTINCT movie_id FROM movie_people WHERE person_id = ANY($12)"
                            " AND role = 'director' LIMIT "
                          : "(SELECT id AS movie_id FROM movies WHERE title_fold ~>=~ $10[1]"
                            " AND title_fold ~<~ $10[4] LIMIT ";
  std::string tier = "0";
  std::string title;
  if (conditions & kByTitle) {
    title += " AND x.words LIKE ALL($11)";
    tier = "CASE WHEN x.words LIKE $10[2] THEN 0 WHEN x.words LIKE $10[3] THEN 1 ELSE 2 END";
  }
  return std::string(" SELECT * FROM (SELECT x.movie_id, x.ranked, ") + tier + " AS tier FROM " +
         films + std::to_string(kCandidatesMax) +
         ") c JOIN search_films x ON x.movie_id = c.movie_id" + filter_conditions(conditions) +
         title + R"sql() r
   WHERE (r.tier, -r.ranked, -r.movie_id) > ($13, -$2::real, -$3)
   ORDER BY r.tier, r.ranked DESC, r.movie_id DESC LIMIT $4)sql";
}

// The limits are those of a row: a planner does not know them.
constexpr char kListsSql[] = R"sql(
  SELECT k.place AS wanted, f.place, f.movie_id, f.ranked
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS k (lists, each, in_all, place)
   CROSS JOIN LATERAL
    (SELECT l.place, e.movie_id, e.ranked
       FROM unnest(k.lists::bigint[]) WITH ORDINALITY AS l (list, place)
      CROSS JOIN LATERAL
       (SELECT movie_id, ranked FROM search_entries WHERE list = l.list
         ORDER BY ranked DESC, movie_id DESC LIMIT k.each) e
      LIMIT k.in_all) f)sql";

constexpr char kWordsSql[] = R"sql(
  UNION ALL SELECT 0, size, id, 0, word FROM search_words WHERE word = ANY($4::text[]))sql";

// Subqueries again: they keep the order of the rows, and read by id whatever the planner expects.
std::string with_cards(const std::string& sql) {
  return std::string(R"sql(
  SELECT r.*, (SELECT coalesce(s.rating::text, '') || ',' || s.rating_count || ',' || c.fields
                 FROM movie_cards c JOIN movie_stats s ON s.movie_id = c.movie_id
                WHERE c.movie_id = r.movie_id)
    FROM ()sql") +
         sql + ") r";
}

std::string shown(unsigned conditions, const std::string& sql) {
  return kParameters + ((conditions & kWithCards) ? with_cards(sql) : sql);
}

std::string lists_sql(unsigned conditions) {
  if (conditions & kWithCards) {
    return with_cards(kListsSql) + ((conditions & kWithWords) ? kWordsSql : "");
  }
  if ((conditions & kWithWords) == 0) return kListsSql;
  return std::string("SELECT r.*, NULL::text FROM (") + kListsSql + ") r" + kWordsSql;
}

// Statements point into strings that must stay where they are.
struct Kept {
  std::string name;
  std::string sql;
  db::Statement statement{};
};

template <typename Make>
const db::Statement& kept(const char* way, unsigned conditions, Make make) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, unsigned>, std::unique_ptr<Kept>> all;
  std::lock_guard lock(mutex);
  auto& entry = all[{way, conditions}];
  if (!entry) {
    entry = std::make_unique<Kept>();
    entry->name = std::string("search_") + way + "_" + std::to_string(conditions);
    entry->sql = make();
    entry->statement = {entry->name.c_str(), entry->sql.c_str()};
  }
  return entry->statement;
}

}  // namespace

const db::Statement& ordered_search(unsigned conditions) {
  return kept("ordered", conditions, [&] { return shown(conditions, ordered_sql(conditions)); });
}

const db::Statement& merged_search(unsigned conditions) {
  return kept("merged", conditions,
              [&] { return shown(conditions, merged_sql(conditions, "unnest($1) AS l (list)")); });
}

const db::Statement& staged_search(unsigned conditions) {
  return kept("staged", conditions, [&] { return shown(conditions, staged_sql(conditions)); });
}

const db::Statement& gathered_search(unsigned conditions) {
  return kept("gathered", conditions, [&] { return shown(conditions, gathered_sql(conditions)); });
}

const db::Statement& genre_search(unsigned conditions) {
  constexpr char kLists[] =
      "(SELECT search_list(3, 2, g.id) AS list FROM genres g WHERE g.name_fold LIKE $5) l";
  return kept("genre", conditions,
              [&] { return shown(conditions, merged_sql(conditions & ~kByGenre, kLists)); });
}

const db::Statement& candidate_search(unsigned conditions) {
  return kept("candidates", conditions,
              [&] { return shown(conditions, candidates_sql(conditions)); });
}

const db::Statement& lists_search(unsigned conditions) {
  return kept("lists", conditions, [&] { return lists_sql(conditions); });
}

const db::Statement& everything_search(unsigned conditions) {
  return kept("everything", conditions, [&] {
    return shown(conditions, R"sql(
      SELECT movie_id, weighted, 0 FROM movie_stats WHERE (weighted, movie_id) < ($2, $3)
       ORDER BY weighted DESC, movie_id DESC LIMIT $4)sql");
  });
}

}  // namespace marquee::movie
