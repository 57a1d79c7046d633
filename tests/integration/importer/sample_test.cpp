#include "libs/testing/paths.h"
#include "tests/catch.h"
#include "tests/integration/importer/import_suite.h"

namespace marquee::movie::importer {
namespace {

const ImportOrder kSample{"sample", {ImportSuite::data("sample")}};

TEST_CASE("The sample's films, users, ratings and reviews arrive") {
  ImportSuite suite;
  auto result = suite.run(kSample);
  CHECK(result.finished);
  CHECK(suite.rows("SELECT title, original_title, release_date, runtime FROM movies ORDER BY id") ==
        "The Lighthouse||1999-02-01|100\nQuiet Garden|Jardin calme|1960-07-08|80");
  CHECK(suite.rows("SELECT p.name, count(*) FROM people p JOIN movie_people m "
                   "ON m.person_id = p.id GROUP BY 1 ORDER BY 1") ==
        "Ada First|2\nBo Second|1\nDee Rector|2\nFlo Helper|1");
  auto visitor = suite.directory.account("sample:visitor");
  CHECK(visitor.username() == "visitor");
  CHECK(visitor.email() == "visitor@marquee.example");
  CHECK(visitor.password() == "let-me-in");
  CHECK(visitor.birth_date() == "1990-05-17");
  CHECK(visitor.bio() == "Hello.");
  CHECK(suite.directory.account("sample:ghost").password().empty());
  CHECK(suite.rows("SELECT m.title, r.user_id, r.half_stars FROM ratings r "
                   "JOIN movies m ON m.id = r.movie_id ORDER BY 2") ==
        "The Lighthouse|" + std::to_string(suite.directory.id_of("sample:visitor")) +
            "|9\nQuiet Garden|" + std::to_string(suite.directory.id_of("sample:ghost")) + "|6");
  CHECK(suite.value("SELECT comment FROM reviews") == "Foggy, fine.");
  CHECK(result.counts.rejected == 2);
  CHECK(suite.rejects().find("\"ratings.csv\",4,\"there is no user \"\"nobody\"\"\"") !=
        std::string::npos);
  CHECK(suite.rejects().find("\"ratings.csv\",5,\"there is no film \"\"Lost Film\"\" of 1960\"") !=
        std::string::npos);
  CHECK(suite.wrong_stats().empty());
}

TEST_CASE("The sample loaded again leaves what users did since") {
  ImportSuite suite;
  suite.run(kSample);
  suite.value(
      "UPDATE ratings SET half_stars = 2, rated_at = now() WHERE half_stars = 9 "
      "RETURNING 1");
  suite.value("UPDATE reviews SET comment = 'Changed my mind' RETURNING 1");
  auto before = suite.fingerprint();
  auto again = suite.run(kSample);
  CHECK(suite.fingerprint() == before);
  CHECK(again.counts.added == 0);
  CHECK(again.counts.changed == 0);
}

TEST_CASE("The shipped sample has no line that is rejected") {
  ImportSuite suite;
  auto result = suite.run({"sample", {testing::source_dir() + "/deploy/sample"}});
  CHECK(result.counts.rejected == 0);
  CHECK(suite.rejects().empty());
  CHECK(suite.wrong_stats().empty());
}

}  // namespace
}  // namespace marquee::movie::importer
