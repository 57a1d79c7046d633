#include "services/movie/importer/field_values.h"

#include "services/movie/importer/csv_table.h"
#include "services/movie/importer/genre_names.h"
#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

template <typename Work>
std::string reason_of(Work&& work) {
  try {
    work();
  } catch (const BadRow& bad) {
    return bad.reason;
  }
  return "none";
}

TEST_CASE("Ids are positive whole numbers") {
  CHECK(id_value("17", "movieId") == 17);
  CHECK(optional_id(" ", "tmdbId") == std::nullopt);
  for (const char* text : {"0", "-1", "1.5", "1e3", "x", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(reason_of([&] { id_value(text, "movieId"); }) ==
          "movieId is not a positive number: \"" + std::string(text) + "\"");
  }
}

TEST_CASE("Stars come in halves") {
  CHECK(half_stars_value("0.5", "rating") == 1);
  CHECK(half_stars_value("4", "rating") == 8);
  CHECK(half_stars_value("5.0", "rating") == 10);
  for (const char* text : {"", "0", "0.25", "5.5", "-1", "nan", "inf", "4,5"}) {
    CAPTURE(text);
    CHECK(reason_of([&] { half_stars_value(text, "rating"); }) != "none");
  }
}

TEST_CASE("Dates are of the calendar") {
  CHECK(date_value("2000-02-29", "d") == "2000-02-29");
  CHECK(date_value("", "d") == std::nullopt);
  CHECK(year_of("2000-02-29") == 2000);
  for (const char* text : {"1900-02-29", "2000-13-01", "2000-1-1", "01/02/2000", "2000-01-01T"}) {
    CAPTURE(text);
    CHECK(reason_of([&] { date_value(text, "d"); }) != "none");
  }
}

TEST_CASE("Minutes may be written as a fraction and be unknown") {
  CHECK(runtime_value("162.0", "runtime") == 162);
  CHECK(runtime_value("0", "runtime") == std::nullopt);
  CHECK(runtime_value("", "runtime") == std::nullopt);
  CHECK(reason_of([] { runtime_value("1e9", "runtime"); }) != "none");
}

TEST_CASE("Times are seconds of this era") {
  CHECK(timestamp_value("964982703", "timestamp") == 964982703);
  CHECK(reason_of([] { timestamp_value("-5", "timestamp"); }) != "none");
  CHECK(reason_of([] { timestamp_value("9999999999999", "timestamp"); }) != "none");
}

TEST_CASE("A long value is shown in part, cut between characters") {
  std::string text = std::string(59, 'x') + "é and more";
  CHECK(reason_of([&] { id_value(text, "id"); }) ==
        "id is not a positive number: \"" + std::string(59, 'x') + "...\"");
}

TEST_CASE("All data sets name genres alike") {
  CHECK(canonical_genres(split_list("Sci-Fi|Children| Drama |Science Fiction|IMAX|")) ==
        std::vector<std::string>{"Science Fiction", "Family", "Drama"});
  CHECK(canonical_genres({"(no genres listed)"}).empty());
  CHECK(reason_of([] { canonical_genres({std::string(65, 'g')}); }) != "none");
}

}  // namespace
}  // namespace marquee::movie::importer
