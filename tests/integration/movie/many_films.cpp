#include "tests/integration/movie/many_films.h"

#include "libs/rpc/call.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {

const db::Statement kTheirStats{"test_their_stats", R"sql(
  INSERT INTO movie_stats (movie_id, external_rating)
  SELECT id, (id % 91) / 10.0 FROM movies m
   WHERE NOT EXISTS (SELECT FROM movie_stats s WHERE s.movie_id = m.id))sql"};

namespace {

constexpr db::Statement kManyMovies{"test_many_movies", R"sql(
  INSERT INTO movies (title, release_year)
  SELECT initcap((ARRAY['the','of','night','day','love','war','river','stone','dark','blue'])[1 + n % 10]
                 || ' ' || left(md5(n::text), 8)) || CASE WHEN n % 200 = 0 THEN ' zebra' ELSE '' END,
         1950 + n % 70
    FROM generate_series($1::int, $2::int) AS n)sql"};
constexpr db::Statement kTheirGenres{"test_their_genres", R"sql(
  WITH g AS (INSERT INTO genres (name) VALUES ('Drama'), ('Comedy'), ('Rare') RETURNING id, name)
  INSERT INTO movie_genres (movie_id, genre_id)
  SELECT m.id, g.id FROM movies m JOIN g ON m.id % 2 = (g.name = 'Comedy')::int
     AND (g.name <> 'Rare' OR m.id % 1000 = 0))sql"};

constexpr db::Statement kManyPeople{"test_many_people", R"sql(
  INSERT INTO people (name) SELECT 'Director ' || md5(n::text) FROM generate_series(1, 5000) AS n)sql"};
// Of a tenth of the films at a time.
constexpr db::Statement kTheirDirectors{"test_their_directors", R"sql(
  INSERT INTO movie_people (movie_id, person_id, role, billing_order)
  SELECT m.id, p.id, 'director', 0 FROM movies m
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people) p ON p.n = 1 + m.id % 5000
   WHERE m.id % 10 = $1::int)sql"};

}  // namespace

void fill(db::Pool& pool, int films) {
  for (int first = 1; first <= films; first += 2'000) {
    pool.write(anonymous().deadline(), [&](db::Tx& tx) {
      tx.exec(kManyMovies, first, first + 1'999);
      tx.exec(kTheirStats);
    });
  }
  pool.write(anonymous().deadline(), [&](db::Tx& tx) { tx.exec(kTheirGenres); });
  pool.write(anonymous().deadline(), [&](db::Tx& tx) { tx.exec(kManyPeople); });
  for (int part = 0; part < 10; ++part) {
    pool.write(anonymous().deadline(), [&](db::Tx& tx) { tx.exec(kTheirDirectors, part); });
  }
  // As a database is some time after an import: what is read does not hang on versions gone by.
  pool.read(anonymous().deadline(), [](db::Tx& tx) {
    for (const char* table :
         {"movies", "movie_stats", "movie_genres", "genres", "search_words", "search_typos",
          "search_entries", "search_films", "people", "movie_people", "search_names"}) {
      tx.run(std::string("VACUUM (ANALYZE) ") + table);
    }
  });
}

}  // namespace marquee::movie::testing
