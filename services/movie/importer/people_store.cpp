#include "services/movie/importer/people_store.h"

#include "services/movie/importer/copy_rows.h"

namespace marquee::movie::importer {
namespace {

using db::Statement;

constexpr Statement kDropUnwanted{"import_drop_unwanted_people", R"sql(
  DELETE FROM import_chunk_people p
   WHERE movie_id IS NULL
      OR (NOT replaces AND EXISTS (SELECT FROM movie_people m
                                    WHERE m.movie_id = p.movie_id AND m.role = p.role)))sql"};
constexpr Statement kAdopt{"import_adopt_people", R"sql(
  WITH candidates AS (
    SELECT DISTINCT ON (c.tmdb_id) c.tmdb_id, p.id
      FROM import_chunk_people c
      JOIN movie_people m ON m.movie_id = c.movie_id AND m.role = c.role
      JOIN people p ON p.id = m.person_id AND p.name = c.name AND p.tmdb_id IS NULL
     WHERE c.tmdb_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM people o WHERE o.tmdb_id = c.tmdb_id)
     ORDER BY c.tmdb_id, p.id),
  one_each AS (SELECT DISTINCT ON (id) id, tmdb_id FROM candidates ORDER BY id, tmdb_id)
  UPDATE people p SET tmdb_id = o.tmdb_id FROM one_each o WHERE o.id = p.id)sql"};
constexpr Statement kInsertKnown{"import_insert_known_people", R"sql(
  INSERT INTO people (name, tmdb_id)
  SELECT DISTINCT ON (tmdb_id) name, tmdb_id
    FROM import_chunk_people c
   WHERE tmdb_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM people p WHERE p.tmdb_id = c.tmdb_id)
   ORDER BY tmdb_id, line
  ON CONFLICT (tmdb_id) DO NOTHING)sql"};
constexpr Statement kFindKnown{"import_find_known_people", R"sql(
  UPDATE import_chunk_people c SET person_id = p.id
    FROM people p WHERE p.tmdb_id = c.tmdb_id)sql"};
constexpr Statement kFindInFilm{"import_find_people_in_film", R"sql(
  UPDATE import_chunk_people c SET person_id = p.id
    FROM movie_people m JOIN people p ON p.id = m.person_id
   WHERE c.person_id IS NULL AND m.movie_id = c.movie_id AND p.name = c.name)sql"};
constexpr Statement kFindOnly{"import_find_only_people", R"sql(
  UPDATE import_chunk_people c SET person_id = p.id
    FROM (SELECT name, min(id) AS id FROM people
           WHERE name IN (SELECT name FROM import_chunk_people WHERE person_id IS NULL)
           GROUP BY name HAVING count(*) = 1) p
   WHERE c.person_id IS NULL AND p.name = c.name)sql"};
constexpr Statement kInsertUnknown{"import_insert_unknown_people", R"sql(
  INSERT INTO people (name)
  SELECT DISTINCT name FROM import_chunk_people WHERE person_id IS NULL ORDER BY name
  ON CONFLICT (name) WHERE tmdb_id IS NULL DO NOTHING)sql"};
constexpr Statement kFindUnknown{"import_find_unknown_people", R"sql(
  UPDATE import_chunk_people c SET person_id = p.id
    FROM people p WHERE c.person_id IS NULL AND p.name = c.name AND p.tmdb_id IS NULL)sql"};
constexpr Statement kMarkDifferent{"import_mark_different_people", R"sql(
  WITH wanted AS (
    SELECT movie_id, role,
           array_agg(person_id || ' ' || coalesce(character, '') ORDER BY billing_order) AS list
      FROM import_chunk_people GROUP BY movie_id, role),
  present AS (
    SELECT m.movie_id, m.role,
           array_agg(m.person_id || ' ' || coalesce(m.character, '') ORDER BY m.billing_order)
             AS list
      FROM movie_people m JOIN wanted w ON w.movie_id = m.movie_id AND w.role = m.role
     GROUP BY m.movie_id, m.role)
  UPDATE import_chunk_people c SET is_set = true
    FROM wanted w LEFT JOIN present p ON p.movie_id = w.movie_id AND p.role = w.role
   WHERE c.movie_id = w.movie_id AND c.role = w.role AND p.list IS DISTINCT FROM w.list)sql"};
constexpr Statement kClear{"import_clear_people", R"sql(
  DELETE FROM movie_people m
   USING (SELECT DISTINCT movie_id, role FROM import_chunk_people WHERE is_set) c
   WHERE m.movie_id = c.movie_id AND m.role = c.role)sql"};
constexpr Statement kInsert{"import_insert_people", R"sql(
  INSERT INTO movie_people (movie_id, person_id, role, billing_order, character)
  SELECT movie_id, person_id, role, billing_order, character
    FROM import_chunk_people WHERE is_set ORDER BY line, role, billing_order)sql"};

constexpr Statement kStageCreditFilms{"import_credit_films", R"sql(
  UPDATE import_chunk_films f
     SET movie_id = m.id, replaces = m.edited_by IS NULL AND m.created_by IS NULL,
         is_new = NOT EXISTS (SELECT FROM movie_people p WHERE p.movie_id = m.id)
    FROM movies m WHERE m.tmdb_id = f.tmdb_id)sql"};
constexpr Statement kRepeatedCredits{"import_repeated_credits", R"sql(
  DELETE FROM import_chunk_films d USING (
    SELECT line, row_number() OVER (PARTITION BY tmdb_id ORDER BY line) AS occurrence
      FROM import_chunk_films) n
   WHERE n.line = d.line AND n.occurrence > 1
  RETURNING d.line)sql"};
constexpr Statement kUnknownFilms{
    "import_credits_without_film",
    "SELECT line, tmdb_id FROM import_chunk_films WHERE movie_id IS NULL ORDER BY line"};
constexpr Statement kPeopleOfCredits{"import_people_of_credits", R"sql(
  UPDATE import_chunk_people p SET movie_id = f.movie_id, replaces = f.replaces
    FROM import_chunk_films f WHERE f.line = p.line)sql"};
constexpr Statement kCountCredits{"import_count_credits", R"sql(
  SELECT count(*) FILTER (WHERE is_new AND s.line IS NOT NULL),
         count(*) FILTER (WHERE NOT is_new AND s.line IS NOT NULL),
         count(*) FILTER (WHERE s.line IS NULL)
    FROM import_chunk_films f
    LEFT JOIN (SELECT DISTINCT line FROM import_chunk_people WHERE is_set) s ON s.line = f.line
   WHERE f.movie_id IS NOT NULL)sql"};

}  // namespace

void add_people(std::vector<StagedPerson>& staged, std::int64_t line, const char* role,
                const std::vector<PersonRow>& people) {
  int order = 0;
  for (const auto& person : people) staged.push_back({line, role, order++, &person});
}

void stage_people(db::Tx& tx, const std::vector<StagedPerson>& people) {
  copy_rows(tx, "import_chunk_people",
            {"line", "role", "billing_order", "name", "tmdb_id", "character"}, people,
            [](const StagedPerson& staged) {
              return std::make_tuple(staged.line, std::string(staged.role), staged.billing_order,
                                     staged.person->name, staged.person->tmdb_id,
                                     staged.person->character);
            });
}

void set_people(db::Tx& tx) {
  for (const Statement& step :
       {kDropUnwanted, kAdopt, kInsertKnown, kFindKnown, kFindInFilm, kFindOnly, kInsertUnknown,
        kFindUnknown, kMarkDifferent, kClear, kInsert}) {
    tx.exec(step);
  }
}

StoreResult store_credits(db::Tx& tx, const std::vector<CreditsRow>& credits) {
  StoreResult result;
  if (credits.empty()) return result;
  tx.run("TRUNCATE import_chunk_films, import_chunk_people");
  copy_rows(tx, "import_chunk_films", {"line", "tmdb_id", "title", "genres"}, credits,
            [](const CreditsRow& row) {
              return std::make_tuple(row.line, row.tmdb_id, std::string(), std::string("{}"));
            });
  std::vector<StagedPerson> people;
  for (const auto& row : credits) {
    add_people(people, row.line, "director", row.directors);
    add_people(people, row.line, "actor", row.actors);
  }
  stage_people(tx, people);
  for (const auto& row : tx.exec(kRepeatedCredits)) {
    result.rejected.push_back({row[0].as<std::int64_t>(), "the same film as an earlier line"});
  }
  tx.exec(kStageCreditFilms);
  for (const auto& row : tx.exec(kUnknownFilms)) {
    result.rejected.push_back(
        {row[0].as<std::int64_t>(), "there is no film with TMDb id " + row[1].as<std::string>()});
  }
  tx.exec(kPeopleOfCredits);
  set_people(tx);
  auto counts = tx.exec(kCountCredits);
  result.counts.added = counts[0][0].as<std::int64_t>();
  result.counts.changed = counts[0][1].as<std::int64_t>();
  result.counts.unchanged = counts[0][2].as<std::int64_t>();
  return result;
}

}  // namespace marquee::movie::importer
