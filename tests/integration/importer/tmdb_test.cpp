#include "tests/catch.h"
#include "tests/integration/importer/import_suite.h"

namespace marquee::movie::importer {
namespace {

const ImportOrder kMovielens{"movielens", {ImportSuite::data("movielens")}};
const ImportOrder kSample{"sample", {ImportSuite::data("sample")}};
const ImportOrder kTmdb{
    "tmdb", {ImportSuite::data("tmdb/movies.csv"), ImportSuite::data("tmdb/credits.csv")}};

constexpr char kPeopleOfLighthouse[] =
    "SELECT mp.role, mp.billing_order, p.name, p.tmdb_id, mp.character FROM movie_people mp "
    "JOIN people p ON p.id = mp.person_id JOIN movies m ON m.id = mp.movie_id "
    "WHERE m.title = 'The Lighthouse' ORDER BY mp.role DESC, mp.billing_order";

TEST_CASE("TMDb films arrive with genres, rating, cast and directors") {
  ImportSuite suite;
  auto result = suite.run(kTmdb);
  CHECK(result.counts.added == 5);
  CHECK(suite.rows("SELECT m.tmdb_id, title, original_title, overview, release_date, "
                   "release_year, runtime, s.external_rating FROM movies m "
                   "JOIN movie_stats s ON s.movie_id = m.id ORDER BY 1") ==
        "110|The Lighthouse||A keeper, a storm,\nand a \"lamp\".|1999-03-04|1999|101|7.5\n"
        "130|Night Train|Le Train de nuit|Somebody misses a stop.|2001-12-31|2001|95|6\n"
        "140|New Film|||2010-05-06|2010||");
  CHECK(suite.rows(kPeopleOfLighthouse) ==
        "director|0|Dee Rector|9|\nactor|0|Ada First|1|Keeper\nactor|1|Bo Second|2|Cook");
  CHECK(suite.value("SELECT count(*) FROM people") == "3");
  CHECK(suite.rejects() ==
        "file,line,reason,record\n"
        "\"movies.csv\",6,\"genres is not a JSON array\",\"1,not json,150,Bad,,2010-05-06,90,Bad,"
        "5,5\"\n"
        "\"movies.csv\",7,\"release_date is not a date as in 1995-11-22: \"\"06/05/2010\"\"\","
        "\"1,[],160,Bad Date,,06/05/2010,90,Bad Date,5,5\"\n"
        "\"credits.csv\",4,\"there is no film with TMDb id 999\",\"999,Unknown,[],[]\"\n");
  CHECK(suite.wrong_stats().empty());
}

TEST_CASE("Data sets complete each other in any order, and are then at rest") {
  std::vector<ImportOrder> orders = {kMovielens, kTmdb, kSample};
  for (int i = GENERATE(0, 1, 2, 3, 4, 5); i > 0; --i) {
    std::next_permutation(orders.begin(), orders.end(),
                          [](const auto& a, const auto& b) { return a.kind < b.kind; });
  }
  CAPTURE(orders[0].kind, orders[1].kind, orders[2].kind);
  ImportSuite suite;
  for (const auto& order : orders) suite.run(order);

  CHECK(suite.rows("SELECT title, release_year, movielens_id, tmdb_id, imdb_id FROM movies "
                   "ORDER BY title, movielens_id") ==
        "Deep Space 7||40||\n"
        "Harbour Lights|1995|20|120|tt0000020\n"
        "Harbour Lights|1995|60||tt0000060\n"
        "New Film|2010||140|\n"
        "Night Train|2001|30|130|tt1234567890\n"
        "Quiet Garden|1960|||\n"
        "The Lighthouse|1999|10|110|tt0000010");
  CHECK(suite.rows(kPeopleOfLighthouse) ==
        "director|0|Dee Rector|9|\nactor|0|Ada First|1|Keeper\nactor|1|Bo Second|2|Cook");
  CHECK(suite.value("SELECT runtime || ' ' || release_date || ' ' || left(overview, 8) "
                    "FROM movies WHERE tmdb_id = 110") == "101 1999-03-04 A keeper");
  CHECK(suite.wrong_stats().empty());

  for (const auto& order : orders) suite.run(order);
  auto before = suite.fingerprint();
  for (const auto& order : orders) {
    CAPTURE(order.kind);
    auto again = suite.run(order);
    CHECK(again.counts.added == 0);
    CHECK(again.counts.changed == 0);
  }
  CHECK(suite.fingerprint() == before);
}

TEST_CASE("TMDb does not overwrite what users made or edited") {
  ImportSuite suite;
  suite.value(
      "WITH m AS (INSERT INTO movies (title, overview, tmdb_id, created_by) "
      "VALUES ('Mine', 'My words', 110, 7) RETURNING id) "
      "INSERT INTO movie_stats (movie_id) SELECT id FROM m RETURNING 1");
  suite.run(kTmdb);
  CHECK(suite.rows("SELECT title, overview, runtime, created_by FROM movies WHERE tmdb_id = 110") ==
        "Mine|My words|101|7");
}

}  // namespace
}  // namespace marquee::movie::importer
