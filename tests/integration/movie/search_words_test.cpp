#include <algorithm>
#include <random>
#include <set>

#include "libs/testing/postgres.h"
#include "services/movie/search_store.h"
#include "tests/catch.h"
#include "tests/integration/movie/many_films.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

TEST_CASE("words in memory find the films that words in the database do") {
  db::PoolConfig config;
  config.database_url = marquee::testing::Postgres::shared().create_database("movie");
  {
    db::Pool migrating(config);
    db::migrate(migrating, migrations());
  }
  db::Pool pool(config);
  fill(pool, 4'000);
  SearchStore asking(pool), knowing(pool);
  knowing.refresh_words(anonymous().deadline());
  for (const char* title :
       {"zebra", "love", "love zebra", "zebr", "zebar", "the zebra", "loev zebra", "lo", "riv",
        "ston", "ark", "the of", "night nothing", "ar zeb", "war peace and love", "c4ca", "%"}) {
    for (const char* genre : {"", "rare"}) {
      CAPTURE(title, genre);
      SearchFilter filter{title, genre, "", {}, {}, {}, {}};
      auto page = [&](SearchStore& store, const std::string& cursor) {
        return store.search(anonymous().deadline(), filter, 9, 0, cursor);
      };
      auto asked = page(asking, ""), known = page(knowing, "");
      CHECK(asked.ids == known.ids);
      CHECK(asked.next_cursor == known.next_cursor);
      if (known.next_cursor.empty()) continue;
      CHECK(page(asking, known.next_cursor).ids == page(knowing, known.next_cursor).ids);
    }
  }
}

constexpr db::Statement kRandomTitles{"test_random_titles", R"sql(
  INSERT INTO movies (title)
  SELECT string_agg(word, (ARRAY[' ', ': ', '-'])[1 + n % 3])
    FROM (SELECT n, (ARRAY['amber','brook','cinder','dune','elm','frost','glow'])
                      [1 + floor(random() * 7)::int] AS word
            FROM generate_series(1, $1::int) AS n, generate_series(0, n % 6)) w
   GROUP BY n)sql"};
// Stages 0 to 2: titles that are it, begin with it, have it elsewhere.
constexpr db::Statement kPlainSearch{"test_plain_search", R"sql(
  SELECT m.id FROM movies m JOIN movie_stats s ON s.movie_id = m.id,
         translate(m.title_fold, ':-', '  ') AS signs,
         regexp_replace(signs, ' +', ' ', 'g') AS words
   WHERE ' ' || words || ' ' LIKE '% ' || $1::text || ' %'
   ORDER BY CASE WHEN words = $1::text THEN 0 WHEN words || ' ' LIKE $1::text || ' %' THEN 1 ELSE 2 END,
            s.weighted::real DESC, m.id DESC)sql"};

// No word is a part of another, and each is in enough titles: what is in the title in order is all
// that there is.
TEST_CASE("what is typed in order is found as by reading all titles, page by page") {
  db::PoolConfig config;
  config.database_url = marquee::testing::Postgres::shared().create_database("movie");
  {
    db::Pool migrating(config);
    db::migrate(migrating, migrations());
  }
  db::Pool pool(config);
  pool.write(anonymous().deadline(), [&](db::Tx& tx) {
    tx.exec(kRandomTitles, 3'000);
    tx.exec(kTheirStats);
  });
  const std::vector<std::string> words{"amber", "brook", "cinder", "dune", "elm", "frost", "glow"};
  std::vector<std::string> searches = words;
  for (std::size_t i = 0; i < 49; ++i) searches.push_back(words[i / 7] + " " + words[i % 7]);
  for (std::size_t i = 0; i < 60; ++i) {
    searches.push_back(words[i % 7] + " " + words[i * 3 % 7] + " " + words[i * i % 7]);
    searches.push_back(searches.back() + " " + words[i * 5 % 7]);
  }
  SearchStore store(pool);
  store.refresh_words(anonymous().deadline());
  std::size_t compared = 0;
  for (const auto& title : searches) {
    CAPTURE(title);
    auto expected = pool.read(anonymous().deadline(), [&](db::Tx& tx) {
      std::vector<std::int64_t> ids;
      for (const auto& row : tx.exec(kPlainSearch, title)) ids.push_back(row[0].as<std::int64_t>());
      return ids;
    });
    if (expected.empty()) continue;  // other stages come then
    ++compared;
    std::vector<std::int64_t> found;
    std::string cursor;
    do {
      auto page =
          store.search(anonymous().deadline(), {title, "", "", {}, {}, {}, {}}, 13, 0, cursor);
      found.insert(found.end(), page.ids.begin(), page.ids.end());
      for (std::size_t i = 0; i < page.films.size(); ++i) CHECK(page.films[i].id() == page.ids[i]);
      cursor = page.next_cursor;
    } while (!cursor.empty() && found.size() < 10'000);
    CHECK(found == expected);
  }
  CHECK(compared > 100);
}

constexpr db::Statement kRandomDirectors{"test_random_directors", R"sql(
  WITH p AS (INSERT INTO people (name)
             SELECT DISTINCT (ARRAY['Maria','Mark','Anton','Jean-Luc','Ann','Lu'])[1 + n % 6] || ' '
                    || (ARRAY['Marsh','Antonov','Lee','Luc','O''Mara'])[1 + n / 6 % 5]
               FROM generate_series(1, 30) AS n RETURNING id)
  INSERT INTO movie_people (movie_id, person_id, role, billing_order)
  SELECT m.id, p.id, 'director', row_number() OVER (PARTITION BY m.id ORDER BY p.id)
    FROM movies m CROSS JOIN (SELECT id, row_number() OVER () AS n FROM p) p
   WHERE (m.id * 7 + p.n * p.n) % 19 = 0)sql"};
constexpr db::Statement kRenameDirectors{
    "test_rename_directors", "UPDATE people SET name = 'Luca ' || name WHERE name LIKE 'Ann %'"};
constexpr db::Statement kUnlinkDirectors{"test_unlink_directors",
                                         "DELETE FROM movie_people WHERE movie_id % 5 = 0"};
constexpr db::Statement kRelinkDirectors{"test_relink_directors", R"sql(
  UPDATE movie_people SET person_id = (SELECT min(id) FROM people) WHERE movie_id % 5 = 1
     AND billing_order = 1 AND person_id <> (SELECT min(id) FROM people)
     AND NOT EXISTS (SELECT FROM movie_people o WHERE o.movie_id = movie_people.movie_id
                        AND o.person_id = (SELECT min(id) FROM people)))sql"};
constexpr db::Statement kPlainDirectors{"test_plain_directors", R"sql(
  SELECT m.movie_id FROM movie_stats m
   WHERE EXISTS (SELECT FROM movie_people mp JOIN people p ON p.id = mp.person_id
                  WHERE mp.movie_id = m.movie_id AND mp.role = 'director'
                    AND p.name_fold LIKE '%' || $1::text || '%')
   ORDER BY m.weighted::real DESC, m.movie_id DESC)sql"};
constexpr db::Statement kWrongLists{"test_wrong_lists", R"sql(
  SELECT (SELECT count(*) FROM search_films f
            JOIN search_lists_of(ARRAY(SELECT id FROM movies)) l ON l.movie_id = f.movie_id
           WHERE NOT (f.lists @> l.lists AND l.lists @> f.lists))
       + (SELECT count(*) FROM (SELECT movie_id, unnest(lists) AS list FROM search_films) f
            FULL JOIN search_entries e ON e.movie_id = f.movie_id AND e.list = f.list
           WHERE e.list IS NULL OR f.list IS NULL))sql"};

TEST_CASE("films are found by a word of their directors' names, whoever was renamed or left") {
  db::PoolConfig config;
  config.database_url = marquee::testing::Postgres::shared().create_database("movie");
  {
    db::Pool migrating(config);
    db::migrate(migrating, migrations());
  }
  db::Pool pool(config);
  auto write = [&](const db::Statement& statement) {
    pool.write(anonymous().deadline(), [&](db::Tx& tx) { tx.exec(statement); });
  };
  pool.write(anonymous().deadline(), [&](db::Tx& tx) {
    tx.exec(kRandomTitles, 1'000);
    tx.exec(kTheirStats);
  });
  write(kRandomDirectors);
  auto check = [&] {
    SearchStore store(pool);
    store.refresh_words(anonymous().deadline());
    for (const std::string name : {"mar", "anton", "luc", "luca", "ann", "mara", "lee", "nobody",
                                   "maria lee", "o'mara", "jean-luc"}) {
      CAPTURE(name);
      std::vector<std::int64_t> expected, found;
      pool.read(anonymous().deadline(), [&](db::Tx& tx) {
        CHECK(tx.exec(kWrongLists)[0][0].as<int>() == 0);
        for (const auto& row : tx.exec(kPlainDirectors, name)) {
          expected.push_back(row[0].as<std::int64_t>());
        }
      });
      std::string cursor;
      do {
        auto page =
            store.search(anonymous().deadline(), {"", "", name, {}, {}, {}, {}}, 17, 0, cursor);
        found.insert(found.end(), page.ids.begin(), page.ids.end());
        cursor = page.next_cursor;
      } while (!cursor.empty() && found.size() < 10'000);
      CHECK(found == expected);
    }
  };
  check();
  write(kRenameDirectors);
  check();
  write(kUnlinkDirectors);
  check();
  write(kRelinkDirectors);
  check();
}

TEST_CASE("words come into memory when they are there, and are asked for until then") {
  Suite suite;
  suite.add_movie("Quixotry");
  SearchStore store(suite.movie.pool());
  auto found = [&](const char* title) {
    return store.search(anonymous().deadline(), {title, "", "", {}, {}, {}, {}}, 20, 0, "")
        .ids.size();
  };
  store.refresh_words(anonymous().deadline());
  CHECK(found("uixotr") == 1);
  suite.add_movie("Lanternfish");  // by another process, as far as this store knows
  CHECK(found("lanternfish") == 1);
  CHECK(found("anternfis") == 0);
  store.words_added();
  CHECK(found("anternfis") == 1);
  CHECK(found("lanternfihs") == 1);
  suite.add_movie("Sandglass");
  CHECK(eventually([&] {
    store.refresh_words(anonymous().deadline());
    return found("andglas") == 1;
  }));
}

}  // namespace
}  // namespace marquee::movie::testing
