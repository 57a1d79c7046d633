#include <set>

#include "services/movie/search_sql.h"
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
                 || ' ' || md5(n::text)) || CASE WHEN n % 200 = 0 THEN ' zebra' ELSE '' END,
         1950 + n % 70
    FROM generate_series(1, $1::int) AS n)sql"};
constexpr db::Statement kTheirStats{"test_their_stats", R"sql(
  INSERT INTO movie_stats (movie_id, external_rating)
  SELECT id, (id % 91) / 10.0 FROM movies WHERE true)sql"};
constexpr db::Statement kTheirGenres{"test_their_genres", R"sql(
  WITH g AS (INSERT INTO genres (name) VALUES ('Drama'), ('Comedy'), ('Rare') RETURNING id, name)
  INSERT INTO movie_genres (movie_id, genre_id)
  SELECT m.id, g.id FROM movies m JOIN g ON m.id % 2 = (g.name = 'Comedy')::int
     AND (g.name <> 'Rare' OR m.id % 1000 = 0))sql"};

void fill(Suite& suite, int films) {
  suite.movie.pool().write(anonymous().deadline(), [&](db::Tx& tx) {
    tx.exec(kManyMovies, films);
    tx.exec(kTheirStats);
    tx.exec(kTheirGenres);
  });
  suite.movie.pool().write(anonymous().deadline(), [](db::Tx& tx) {
    for (const char* table : {"movies", "movie_stats", "movie_genres", "genres"}) {
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

TEST_CASE("pages neither repeat nor leave out films, and no plan reads a whole table") {
  Suite suite;
  fill(suite, 20'000);
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

  // As the server plans them when it no longer looks at the values.
  auto plan_of = [&](const db::Statement& statement, const std::string& title) {
    return suite.movie.pool().write(anonymous().deadline(), [&](db::Tx& tx) {
      tx.run("SET LOCAL plan_cache_mode = force_generic_plan");
      tx.run("PREPARE planned AS " + std::string(statement.sql));
      std::string text;
      for (const auto& row :
           tx.run("EXPLAIN EXECUTE planned('" + title + "', '%" + title +
                  "%', '', '{1}', '{1}', 1, 9, 1960, 1970, -1, 1000000000, 0, 0)")) {
        text += std::string(row[0].c_str()) + "\n";
      }
      tx.run("DEALLOCATE planned");
      return text;
    });
  };
  for (unsigned filters : {0u, +kByGenre, +kByDirector, +kByMinRating, +kByMinYear | kByMaxYear,
                           kByGenre | kByMinYear | kByMaxYear | kByMinRating}) {
    CAPTURE(filters);
    auto ranked = plan_of(ranked_search(filters | kByTitle), "zebra");
    CAPTURE(ranked);
    CHECK(ranked.find("Seq Scan on movies") == std::string::npos);
    CHECK(ranked.find("movies_title_trigrams") != std::string::npos);
    auto walked = plan_of(walked_search(filters, 21), "");
    CAPTURE(walked);
    CHECK(walked.find("Seq Scan on movie") == std::string::npos);
    auto similar = plan_of(similar_search(filters), "zebro");
    CAPTURE(similar);
    CHECK(similar.find("Seq Scan on movies") == std::string::npos);
  }
}

}  // namespace
}  // namespace marquee::movie::testing
