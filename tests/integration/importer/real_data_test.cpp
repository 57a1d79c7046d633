// The real ml-latest-small, which is not ours to ship: looked for beside the source folder.
#include <iostream>

#include "libs/testing/paths.h"
#include "tests/catch.h"
#include "tests/integration/importer/import_suite.h"

namespace marquee::movie::importer {
namespace {

TEST_CASE("ml-latest-small is imported whole") {
  const std::string folder = testing::source_dir() + "/../shared/data/ml-latest-small";
  if (!std::filesystem::exists(folder + "/ratings.csv")) {
    std::cout << "SKIPPED: ml-latest-small is not in " << folder << std::endl;
    return;
  }
  ImportSuite suite;
  auto result = suite.run({"movielens", {folder}});
  std::cout << suite.output();
  CHECK(result.finished);
  // One TMDb id is given to two films there.
  CHECK(suite.rejects() ==
        "file,line,reason,record\n\"links.csv\",9108,\"tmdbId 4912 belongs to another movieId "
        "already\",\"144606,0270288,4912\"\n");
  CHECK(suite.value("SELECT count(*) FROM movies") == "9742");
  CHECK(suite.value("SELECT count(*) FROM ratings") == "100836");
  CHECK(suite.value("SELECT count(*) FROM movie_tags") == "3683");
  CHECK(suite.directory.accounts() == 610);
  CHECK(suite.wrong_stats().empty());
  CHECK(suite.value("SELECT title || ' ' || release_year FROM movies WHERE imdb_id = "
                    "'tt0133093'") == "The Matrix 1999");
  auto before = suite.fingerprint();
  auto again = suite.run({"movielens", {folder}});
  CHECK(again.counts.added + again.counts.changed == 0);
  CHECK(suite.fingerprint() == before);
}

}  // namespace
}  // namespace marquee::movie::importer
