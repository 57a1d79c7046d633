#include <set>

#include "libs/testing/postgres.h"
#include "services/movie/search_store.h"
#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::SearchMoviesRequest by_title(const std::string& title) {
  v1::SearchMoviesRequest request;
  request.set_title(title);
  return request;
}

std::vector<std::string> titles(Suite& suite, const v1::SearchMoviesRequest& request) {
  std::vector<std::string> found;
  auto reply = suite.movie->catalog().search_movies(anonymous(), request);
  for (const auto& movie : reply.data()) {
    found.push_back(movie.title());
  }
  return found;
}

using Titles = std::vector<std::string>;

std::string best(Suite& suite, const std::string& title) {
  auto found = titles(suite, by_title(title));
  return found.empty() ? "nothing" : found.front();
}

TEST_CASE("titles are found by part, without accents, despite typos") {
  Suite suite;
  suite.add_movie("The Matrix Reloaded");
  suite.add_movie("Matrix");
  suite.add_movie("The Matrix");
  suite.add_movie("Am\xC3\xA9lie");
  suite.add_movie("100% Wolf");
  suite.add_movie("The Shawshank Redemption");
  suite.add_movie("It");
  suite.add_movie("Split");

  auto matrix = titles(suite, by_title("mAtrix"));
  REQUIRE(matrix.size() == 3);
  CHECK(matrix[0] == "Matrix");
  CHECK(best(suite, "the matrix") == "The Matrix");
  CHECK(titles(suite, by_title("amelie")) == Titles{"Am\xC3\xA9lie"});
  CHECK(titles(suite, by_title("AM\xC3\x89LIE")) == Titles{"Am\xC3\xA9lie"});
  CHECK(titles(suite, by_title("%")) == Titles{});
  CHECK(titles(suite, by_title("100%")) == Titles{"100% Wolf"});
  CHECK(titles(suite, by_title("_")) == Titles{});
  CHECK(titles(suite, by_title("it")) == Titles{"It"});

  CHECK(best(suite, "Matrx") == "Matrix");
  CHECK(titles(suite, by_title("Ameile")) == Titles{"Am\xC3\xA9lie"});
  CHECK(titles(suite, by_title("shawshenk redemtion")) == Titles{"The Shawshank Redemption"});
  CHECK(titles(suite, by_title("qwertyuiop")) == Titles{});
}

TEST_CASE("filters narrow what is found, together") {
  Suite suite;
  suite.add_movie("Heat", 8, "Action, Crime", "1995-12-15", "Michael Mann");
  suite.add_movie("Collateral", 7.5, "Crime", "2004-08-06", "Michael Mann");
  suite.add_movie("Casino", 8.2, "Crime, Drama", "1995-11-22", "Martin Scorsese");
  suite.add_movie("Unrated", {}, "Drama");

  auto request = by_title("");
  request.set_genre("crim");
  CHECK(titles(suite, request).size() == 3);
  request.set_director("mann");
  CHECK(titles(suite, request).size() == 2);
  request.set_year(1995);
  CHECK(titles(suite, request) == Titles{"Heat"});
  request.set_min_rating(8.1);
  CHECK(titles(suite, request).empty());

  request = by_title("");
  request.set_min_rating(8);
  CHECK(titles(suite, request) == Titles{"Casino", "Heat"});
  request.set_max_rating(8.1);
  CHECK(titles(suite, request) == Titles{"Heat"});
  request = by_title("");
  request.set_min_year(1996);
  request.set_max_year(2010);
  CHECK(titles(suite, request) == Titles{"Collateral"});
  request = by_title("heet");
  request.set_genre("drama");
  CHECK(titles(suite, request).empty());
  CHECK(titles(suite, by_title("")).size() == 4);

  request = by_title("");
  request.set_min_rating(11);
  CHECK(error_of([&] { titles(suite, request); }).message() == "Invalid min_rating format");
  request.set_cursor("x");
  request.clear_min_rating();
  CHECK(error_of([&] { titles(suite, request); }).code() == Code::kInvalidArgument);
}

TEST_CASE("cards are searched by title only") {
  Suite suite;
  suite.add_movie("Heat");
  v1::SearchCardsRequest request;
  request.set_title(" ");
  CHECK(error_of([&] { suite.movie->catalog().search_cards(as(1), request); }).message() ==
        "No search query provided.");
  request.set_title("eat");
  CHECK(suite.movie->catalog().search_cards(as(1), request).movies_size() == 1);
}

TEST_CASE("results come from the cache until a film changes") {
  Suite suite;
  suite.add_movie("Heat");
  auto message = [&] {
    return suite.movie->catalog().search_movies(anonymous(), by_title("heat")).message();
  };
  CHECK(message() == "Results retrieved from database");
  CHECK(eventually([&] { return message() == "Results retrieved from cache"; }));
  suite.add_movie("Heat 2");
  CHECK(titles(suite, by_title("heat")).size() == 2);
}

constexpr db::Statement kManyMovies{"test_many_movies", R"sql(
  INSERT INTO movies (title, release_year)
  SELECT initcap((ARRAY['the','of','night','day','love','war','river','stone','dark','blue'])[1 + n % 10]
                 || ' ' || left(md5(n::text), 8)) || CASE WHEN n % 200 = 0 THEN ' zebra' ELSE '' END,
         1950 + n % 70
    FROM generate_series($1::int, $2::int) AS n)sql"};
constexpr db::Statement kTheirStats{"test_their_stats", R"sql(
  INSERT INTO movie_stats (movie_id, external_rating)
  SELECT id, (id % 91) / 10.0 FROM movies m
   WHERE NOT EXISTS (SELECT FROM movie_stats s WHERE s.movie_id = m.id))sql"};
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
  pool.write(anonymous().deadline(), [](db::Tx& tx) {
    for (const char* table :
         {"movies", "movie_stats", "movie_genres", "genres", "search_words", "search_typos",
          "search_entries", "search_films", "people", "movie_people", "search_names"}) {
      tx.run(std::string("ANALYZE ") + table);
    }
  });
}

// All pages by cursor; fails on a repeated film.
std::set<std::int64_t> walk(Suite& suite, v1::SearchMoviesRequest request, std::size_t most) {
  std::set<std::int64_t> ids;
  while (true) {
    auto reply = suite.movie->catalog().search_movies(anonymous(), request);
    for (const auto& movie : reply.data()) {
      if (!ids.insert(movie.id()).second) FAIL("film " << movie.id() << " came twice");
    }
    if (reply.next_cursor().empty() || ids.size() >= most) return ids;
    request.set_cursor(reply.next_cursor());
  }
}

TEST_CASE("pages neither repeat nor leave out films, by cursor or by number") {
  Suite suite;
  fill(suite.movie.pool(), 20'000);
  suite.add_movie("Love");

  auto narrow = by_title("zebra");
  narrow.set_limit(7);
  CHECK(walk(suite, narrow, 1'000).size() == 100);
  auto broad = by_title("love");  // 2,001 films
  broad.set_limit(100);
  CHECK(best(suite, "love") == "Love");
  CHECK(walk(suite, broad, 10'000).size() == 2'001);
  auto browse = by_title("");
  browse.set_limit(100);
  CHECK(walk(suite, browse, 3'000).size() == 3'000);
  browse.set_genre("rare");
  CHECK(walk(suite, browse, 3'000).size() == 20);

  // Pages by number meet the same films.
  for (const char* title : {"zebra", "love"}) {
    auto request = by_title(title);
    request.set_limit(10);
    auto cursor = suite.movie->catalog().search_movies(anonymous(), request);
    request.set_page(2);
    auto page = suite.movie->catalog().search_movies(anonymous(), request);
    request.set_page(0);
    request.set_cursor(cursor.next_cursor());
    auto next = suite.movie->catalog().search_movies(anonymous(), request);
    REQUIRE(page.data_size() == 10);
    for (int i = 0; i < 10; ++i) CHECK(page.data(i).id() == next.data(i).id());
    request.clear_cursor();
    request.set_page(900);
    CHECK(suite.movie->catalog().search_movies(anonymous(), request).data().empty());
  }
}

TEST_CASE("ratings, edits and deletions move films in what is found") {
  Suite suite;
  auto low = suite.add_movie("Heat Wave", 4, "Drama", "1995-01-01");
  auto high = suite.add_movie("Heat Stroke", 6, "Drama", "1996-01-01");
  auto in_order = [&] {
    SearchStore store(suite.movie.pool());
    return store.search(anonymous().deadline(), {"heat", "", "", {}, {}, {}, {}}, 20, 0, "").ids;
  };
  CHECK(in_order() == std::vector<std::int64_t>{high, low});
  for (std::int64_t user = 1; user <= 3; ++user) suite.rate(user, low, 5);
  CHECK(eventually([&] { return in_order() == std::vector<std::int64_t>{low, high}; }));
  // By rating alone the lists of ratings are read.
  SearchStore store(suite.movie.pool());
  SearchFilter good;
  good.min_rating = 9;
  auto good_films = [&] { return store.search(anonymous().deadline(), good, 20, 0, "").ids; };
  CHECK(eventually([&] { return good_films() == std::vector<std::int64_t>{low}; }));

  v1::UpdateMovieRequest edit;
  edit.set_id(low);
  edit.set_title("Cold Wave");
  edit.set_genre("Comedy");
  suite.movie->catalog().update_movie(as(1), edit);
  CHECK(in_order() == std::vector<std::int64_t>{high});
  CHECK(best(suite, "cold wave") == "Cold Wave");
  auto by_genre = by_title("");
  by_genre.set_genre("drama");
  CHECK(titles(suite, by_genre) == Titles{"Heat Stroke"});
  by_genre.set_genre("comedy");
  CHECK(titles(suite, by_genre) == Titles{"Cold Wave"});

  v1::DeleteMovieRequest removal;
  removal.set_id(low);
  suite.movie->catalog().delete_movie(as(1), removal);
  suite.movie.pool().read(anonymous().deadline(), [&](db::Tx& tx) {
    constexpr db::Statement kLeft{"test_entries_left", R"sql(
      SELECT (SELECT count(*) FROM search_entries WHERE movie_id = $1::bigint)
           + (SELECT count(*) FROM search_films WHERE movie_id = $1::bigint))sql"};
    CHECK(tx.exec(kLeft, low)[0][0].as<int>() == 0);
    CHECK(tx.exec(kLeft, high)[0][0].as<int>() > 0);
  });
}

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

// What the server counted of reading tables, but for the few genres.
constexpr db::Statement kFlushCounts{"test_flush_counts", "SELECT pg_stat_force_next_flush()"};
constexpr db::Statement kCounts{"test_counts", R"sql(
  SELECT (SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname)
            FROM pg_stat_user_tables WHERE relname <> 'genres'),
         (SELECT sum(idx_tup_fetch) FROM pg_stat_user_tables WHERE relname <> 'genres')
         + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname <> 'genres'))sql"};

struct Counts {
  std::string table_scans;  // by table
  std::int64_t rows = 0;
};

Counts counts(db::Pool& pool) {
  return pool.read(anonymous().deadline(), [](db::Tx& tx) {
    tx.exec(kFlushCounts);
    auto row = tx.exec(kCounts)[0];
    return Counts{row[0].as<std::string>(), row[1].as<std::int64_t>()};
  });
}

// Of showing a page: an entry of two indexes and a row of two tables for each film; some have old
// ones.
constexpr std::int64_t kCardRows = 5 * 21;

// Of one first page, each time it is searched: the server plans a statement with its values five
// times, then once for all values.
void check_rows_read(db::Pool& pool, const SearchFilter& filter, std::int64_t most,
                     bool words_in_memory) {
  CAPTURE(words_in_memory, filter.title, filter.genre, filter.director, filter.min_year.value_or(0),
          filter.min_rating.value_or(-1), filter.max_rating.value_or(-1), most);
  SearchStore store(pool);
  if (words_in_memory) store.refresh_words(anonymous().deadline());
  constexpr int kTimes = 8;
  for (int time = 0; time < kTimes; ++time) {
    auto before = counts(pool);
    auto found = store.search(anonymous().deadline(), filter, 20, 0, "");
    auto after = counts(pool);
    CAPTURE(time);
    CHECK(after.table_scans == before.table_scans);
    CHECK(after.rows - before.rows <= most + kCardRows);
    if (!found.ids.empty()) CHECK(after.rows > before.rows);
  }
}

void check_rows_read(db::Pool& pool, const SearchFilter& filter, std::int64_t most) {
  for (bool words_in_memory : {false, true}) check_rows_read(pool, filter, most, words_in_memory);
}

TEST_CASE("a search reads no whole table, and about as many rows as it shows") {
  // No service runs on this database: the server counts what all its connections read.
  db::PoolConfig config;
  config.database_url = marquee::testing::Postgres::shared().create_database("movie");
  {
    db::Pool migrating(config);
    db::migrate(migrating, migrations());
  }
  db::Pool pool(config);
  fill(pool, 20'000);

  for (const char* title : {"zebra", "love", "the", "lo", "l", "zebr", "ebr", "zebro", "loev",
                            "a b", "%", "nothing like it"}) {
    check_rows_read(pool, {title, "", "", {}, {}, {}, {}}, 600);
  }
  // No title has them in a row, so the 100 films of the rarer word are looked at.
  for (const char* title : {"love zebra", "the love of zebra"}) {
    check_rows_read(pool, {title, "", "", {}, {}, {}, {}}, 1'200);
  }
  check_rows_read(pool, {"", "", "", {}, {}, {}, {}}, 50);
  check_rows_read(pool, {"", "drama", "", {}, {}, {}, {}}, 50);
  check_rows_read(pool, {"", "rare", "", {}, {}, {}, {}}, 100);
  check_rows_read(pool, {"love", "drama", "", {}, {}, {}, {}}, 400);
  check_rows_read(pool, {"", "", "director c4ca4238", {}, {}, {}, {}}, 100);
  // All 20,000 films.
  check_rows_read(pool, {"", "", "director", {}, {}, {}, {}}, 100, true);
  check_rows_read(pool, {"", "", "", 8, {}, {}, {}}, 300);
  check_rows_read(pool, {"", "", "", {}, 2, {}, {}}, 400);
  check_rows_read(pool, {"", "", "", 7, {}, 1960, 1969}, 400);
  check_rows_read(pool, {"", "", "", {}, {}, 1955, 1991}, 600);
}

}  // namespace
}  // namespace marquee::movie::testing
