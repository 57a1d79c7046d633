#include <fstream>

#include "tests/catch.h"
#include "tests/integration/importer/import_suite.h"

namespace marquee::movie::importer {
namespace {

const ImportOrder kMovielens{"movielens", {ImportSuite::data("movielens")}};

// Stops before the chunk number `chunks`, from 0.
RunSettings stopping_after(int chunks) {
  RunSettings settings;
  settings.chunk_rows = 2;
  settings.stopped = [left = chunks]() mutable { return left-- <= 0; };
  return settings;
}

RunSettings small_chunks() {
  RunSettings settings;
  settings.chunk_rows = 2;
  return settings;
}

std::string catalogue(ImportSuite& suite) {
  return suite.rows(
      "SELECT m.movielens_id, m.title, m.tmdb_id, s.rating_count, s.rating_sum, "
      "(SELECT count(*) FROM movie_tags t WHERE t.movie_id = m.id) FROM movies m "
      "JOIN movie_stats s ON s.movie_id = m.id ORDER BY 1");
}

TEST_CASE("An import stopped anywhere goes on where it stopped") {
  auto whole = std::make_unique<ImportSuite>();
  auto expected = whole->run(kMovielens, small_chunks());
  ImportSuite suite;
  int chunks = GENERATE(0, 1, 2, 4, 7, 9, 12);
  CAPTURE(chunks);
  auto first = suite.run(kMovielens, stopping_after(chunks));
  REQUIRE_FALSE(first.finished);
  CHECK(first.counts.rows() <= 2 * chunks);
  CHECK(suite.output().find("Stopped. The same command goes on from here.") != std::string::npos);
  CHECK(suite.wrong_stats().empty());
  auto second = suite.run(kMovielens, small_chunks());
  CHECK(second.finished);
  CHECK(second.resumed);
  CHECK(first.this_run.rows() + second.this_run.rows() == expected.counts.rows());
  CHECK(second.counts.added == expected.counts.added);
  CHECK(second.counts.rejected == expected.counts.rejected);
  CHECK(catalogue(suite) == catalogue(*whole));
  CHECK(suite.rejects() == whole->rejects());
  CHECK(suite.wrong_stats().empty());
}

TEST_CASE("A chunk that fails leaves nothing behind, neither rows nor rejects") {
  auto whole = std::make_unique<ImportSuite>();
  whole->run(kMovielens, small_chunks());
  ImportSuite suite;
  // Fails inside the transaction, behind the rows and before the bookkeeping.
  suite.rows(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.stage = 'ratings' AND NEW.line > 6 THEN RAISE EXCEPTION 'broken'; END IF; "
      "RETURN NEW; END $$");
  suite.rows(
      "CREATE TRIGGER refuse BEFORE UPDATE ON import_stages FOR EACH ROW "
      "EXECUTE FUNCTION refuse()");
  CHECK_THROWS_AS(suite.run(kMovielens, small_chunks()), Error);
  CHECK(suite.value("SELECT count(*) FROM ratings") == "3");
  CHECK(suite.wrong_stats().empty());
  suite.rows("DROP TRIGGER refuse ON import_stages");
  auto second = suite.run(kMovielens, small_chunks());
  CHECK(second.resumed);
  CHECK(catalogue(suite) == catalogue(*whole));
  CHECK(suite.rejects() == whole->rejects());
}

TEST_CASE("A stopped import of files that have changed begins anew") {
  ImportSuite suite;
  std::string folder = suite.folder() + "/set";
  std::filesystem::copy(ImportSuite::data("movielens"), folder);
  REQUIRE_FALSE(suite.run({"movielens", {folder}}, stopping_after(8)).finished);
  std::ofstream(folder + "/ratings.csv", std::ios::app) << "6,10,1.0,1000000010\n";
  auto second = suite.run({"movielens", {folder}}, small_chunks());
  CHECK(second.finished);
  CHECK_FALSE(second.resumed);
  CHECK(suite.value("SELECT count(*) FROM ratings") == "7");
  CHECK(suite.value("SELECT count(*) FROM imports") == "1");
  CHECK(suite.wrong_stats().empty());
}

TEST_CASE("A second process that takes over makes the first one stop") {
  ImportSuite suite;
  RunSettings settings = small_chunks();
  int chunk = 0;
  settings.stopped = [&] {
    if (chunk++ == 3) suite.value("UPDATE import_stages SET offset_bytes = 999 RETURNING 1");
    return false;
  };
  try {
    suite.run(kMovielens, settings);
    FAIL("the import went on");
  } catch (const Error& error) {
    CHECK(error.reason() == "import_taken_over");
  }
}

TEST_CASE("Without an auth service the import stops at the ratings and can go on later") {
  ImportSuite suite;
  rpc::Channel nobody("127.0.0.1:" + std::to_string(testing::free_port()));
  std::ostringstream out;
  Importer importer(suite.pool, suite.bus, nobody, out, false);
  RunSettings settings;
  settings.rejects_path = suite.rejects_path();
  CHECK_THROWS_AS(importer.run(kMovielens, settings), Error);
  CHECK(suite.value("SELECT count(*) FROM movies") == "5");
  CHECK(suite.value("SELECT count(*) FROM ratings") == "0");
  auto second = suite.run(kMovielens);
  CHECK(second.resumed);
  CHECK(suite.value("SELECT count(*) FROM ratings") == "6");
}

}  // namespace
}  // namespace marquee::movie::importer
