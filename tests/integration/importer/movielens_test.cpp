#include "libs/testing/process.h"
#include "marquee/api/bus.pb.h"
#include "tests/catch.h"
#include "tests/integration/importer/import_suite.h"

namespace marquee::movie::importer {
namespace {

const ImportOrder kMovielens{"movielens", {ImportSuite::data("movielens")}};

TEST_CASE("MovieLens films, ratings and tags arrive, with locked accounts for the raters") {
  ImportSuite suite;
  auto result = suite.run(kMovielens);
  CHECK(result.finished);
  CHECK_FALSE(result.resumed);

  CHECK(suite.rows("SELECT movielens_id, title, original_title, release_year, release_date, "
                   "imdb_id, tmdb_id FROM movies ORDER BY movielens_id") ==
        "10|The Lighthouse||1999||tt0000010|110\n"
        "20|Harbour Lights||1995||tt0000020|120\n"
        "30|Night Train|Le Train de nuit|2001||tt1234567890|\n"
        "40|Deep Space 7|||||\n"
        "60|Harbour Lights||1995||tt0000060|");
  CHECK(suite.rows("SELECT m.movielens_id, string_agg(g.name, ',' ORDER BY mg.position) "
                   "FROM movies m JOIN movie_genres mg ON mg.movie_id = m.id "
                   "JOIN genres g ON g.id = mg.genre_id GROUP BY 1 ORDER BY 1") ==
        "10|Drama,Science Fiction\n20|Comedy,Family\n40|Music\n60|Drama");
  CHECK(suite.rows("SELECT m.movielens_id, r.user_id, r.half_stars, "
                   "extract(epoch FROM r.rated_at)::bigint FROM ratings r "
                   "JOIN movies m ON m.id = r.movie_id ORDER BY 1, 2") ==
        "10|1000|9|1000000000\n10|1001|10|1000000002\n10|1002|4|1000000009\n"
        "20|1000|1|1000000001\n30|1002|7|1000000006\n60|1003|5|1000000008");
  CHECK(suite.rows("SELECT user_id, tag FROM movie_tags ORDER BY 1, 2") ==
        "1000|sea, fog\n1004|warm");
  CHECK(suite.wrong_stats().empty());

  CHECK(suite.directory.accounts() == 5);
  auto account = suite.directory.account("movielens:3");
  CHECK(account.username() == "movielens_3");
  CHECK(account.password().empty());
  CHECK(account.email().empty());
}

TEST_CASE("Lines that make no sense are reported with file and line and kept") {
  ImportSuite suite;
  auto result = suite.run(kMovielens);
  CHECK(suite.rejects() ==
        "file,line,reason,record\n"
        "\"links.csv\",5,\"tmdbId 120 belongs to another movieId already\",\"60,0000060,120\"\n"
        "\"movies.csv\",6,\"movieId is not a positive number: \"\"forty\"\"\","
        "\"forty,Bad Id (1990),Drama\"\n"
        "\"movies.csv\",7,\"title is empty\",\"50,,Drama\"\n"
        "\"movies.csv\",9,\"the same film as an earlier line\","
        "\"20,Harbour Lights Again (1996),Drama\"\n"
        "\"ratings.csv\",5,\"there is no film with movieId 99\",\"2,99,3.0,1000000003\"\n"
        "\"ratings.csv\",6,\"rating is not 0.5 to 5 in half steps: \"\"3.3\"\"\","
        "\"2,20,3.3,1000000004\"\n"
        "\"ratings.csv\",10,\"a quoted field is not closed\",\"3,40,\"\"1.0,1000000007\"\n"
        "\"tags.csv\",5,\"there is no film with movieId 77\",\"5,77,cold,1000000003\"\n");
  CHECK(result.counts.rejected == 8);
  CHECK(suite.output().find(ImportSuite::data("movielens") +
                            "/ratings.csv:5: there is no film with movieId 99\n") !=
        std::string::npos);
  CHECK(suite.output().find("The rejected lines, with reasons, are in " + suite.rejects_path()) !=
        std::string::npos);
}

TEST_CASE("Importing the same files again writes nothing and says so") {
  ImportSuite suite;
  auto first = suite.run(kMovielens);
  auto before = suite.fingerprint();
  auto rejects = suite.rejects();
  auto second = suite.run(kMovielens);
  CHECK(suite.fingerprint() == before);
  CHECK(suite.rejects() == rejects);
  CHECK(suite.directory.accounts() == 5);
  CHECK_FALSE(second.resumed);
  CHECK(second.counts.added == 0);
  CHECK(second.counts.changed == 0);
  CHECK(second.counts.rows() == first.counts.rows());
  CHECK(suite.output().find("Nothing to do: everything was there already.") != std::string::npos);
}

TEST_CASE("Chunks of any size give the same catalogue") {
  auto whole = std::make_unique<ImportSuite>();
  whole->run(kMovielens);
  ImportSuite suite;
  RunSettings settings;
  settings.chunk_rows = GENERATE(1u, 2u, 3u);
  auto result = suite.run(kMovielens, settings);
  const std::string films =
      "SELECT m.movielens_id, m.title, m.imdb_id, s.rating_count, s.rating_sum FROM movies m "
      "JOIN movie_stats s ON s.movie_id = m.id ORDER BY 1";
  CHECK(suite.rows(films) == whole->rows(films));
  CHECK(suite.wrong_stats().empty());
  CHECK(result.finished);
}

TEST_CASE("A film that a user edited is completed only") {
  ImportSuite suite;
  suite.run(kMovielens);
  suite.value(
      "UPDATE movies SET title = 'My Title', original_title = NULL, imdb_id = NULL, "
      "edited_by = 5 WHERE movielens_id = 30 RETURNING id");
  suite.value(
      "DELETE FROM movie_genres WHERE movie_id = (SELECT id FROM movies "
      "WHERE movielens_id = 10) RETURNING 1");
  auto again = suite.run(kMovielens);
  CHECK(again.counts.changed == 2);
  CHECK(suite.rows("SELECT title, original_title, imdb_id FROM movies WHERE movielens_id = 30") ==
        "My Title|Le Train de nuit|tt1234567890");
}

TEST_CASE("The caches hear of an import, and only of one that changed something") {
  ImportSuite suite;
  std::mutex mutex;
  std::vector<std::string> heard;
  auto subscription = suite.bus.subscribe("cache.invalidate", [&](std::string_view payload) {
    api::CacheInvalidation message;
    std::lock_guard lock(mutex);
    if (message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
      for (const auto& tag : message.tags()) heard.push_back(tag);
    }
  });
  REQUIRE(testing::eventually([&] { return suite.bus.connected(); }));
  REQUIRE(suite.bus.flush(5'000));
  suite.run(kMovielens);
  CHECK(testing::eventually([&] {
    std::lock_guard lock(mutex);
    return heard == std::vector<std::string>{"*"};
  }));
  suite.run(kMovielens);
  REQUIRE(suite.bus.flush(5'000));
  std::lock_guard lock(mutex);
  CHECK(heard.size() == 1);
}

TEST_CASE("A folder that is no MovieLens data set is refused before anything is written") {
  ImportSuite suite;
  CHECK_THROWS_AS(suite.run({"movielens", {ImportSuite::data("sample")}}), Error);
  CHECK(suite.value("SELECT count(*) FROM imports") == "0");
}

}  // namespace
}  // namespace marquee::movie::importer
