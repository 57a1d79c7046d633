#include <set>

#include "libs/testing/postgres.h"
#include "services/movie/search_store.h"
#include "tests/catch.h"
#include "tests/integration/movie/many_films.h"
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
