#include "services/movie/importer/tmdb_columns.h"

#include "services/movie/importer/csv_table.h"
#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

TEST_CASE("Names are read from TMDb's objects") {
  CHECK(tmdb_names(R"([{"id": 1, "name": "Drama"}, {"id": 2}, {"name": "Caf\u00e9"}])", "genres") ==
        std::vector<std::string>{"Drama", "Café"});
  CHECK(tmdb_names("", "genres").empty());
  CHECK(tmdb_names("[]", "genres").empty());
}

TEST_CASE("What is not TMDb's JSON is a bad row") {
  auto text = GENERATE(as<std::string>(), "{", "{}", "[1]", "null", "[{'id': 1, 'name': 'Drama'}]",
                       R"([{"name": 7}])", R"([{"name": "a\u0000b"}])", R"([{"name": "\ud800"}])",
                       std::string(200'000, '['));
  CAPTURE(text.substr(0, 40));
  CHECK_THROWS_AS(tmdb_names(text, "genres"), BadRow);
}

TEST_CASE("The cast comes in the order of billing, each person once") {
  auto cast = tmdb_cast(R"([
    {"id": 3, "name": "Cleo Third", "order": 2, "character": ""},
    {"id": 1, "name": "Ada First", "order": 0, "character": "Queen"},
    {"id": 2, "name": "Bo Second", "order": 1, "character": "Cook"},
    {"id": 1, "name": "Ada First", "order": 9, "character": "Ghost"},
    {"id": -4, "name": "Dee Fourth", "character": "Dog"}])");
  REQUIRE(cast.size() == 4);
  CHECK(cast[0].name == "Ada First");
  CHECK(cast[0].tmdb_id == 1);
  CHECK(cast[0].character == "Queen / Ghost");
  CHECK(cast[1].name == "Bo Second");
  CHECK(cast[2].character == std::nullopt);
  CHECK(cast[3].tmdb_id == std::nullopt);
}

TEST_CASE("Of the crew only directors are taken") {
  auto directors = tmdb_directors(R"([
    {"id": 1, "name": "Ada First", "job": "Director", "department": "Directing"},
    {"id": 2, "name": "Bo Second", "job": "Editor"},
    {"id": 3, "name": "Cleo Third", "job": "Director"}])");
  REQUIRE(directors.size() == 2);
  CHECK(directors[1].name == "Cleo Third");
}

}  // namespace
}  // namespace marquee::movie::importer
