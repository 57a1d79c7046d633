#include "services/movie/importer/progress.h"

#include <sstream>

#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

TEST_CASE("Numbers are written in groups of three") {
  CHECK(with_separators(0) == "0");
  CHECK(with_separators(999) == "999");
  CHECK(with_separators(1000) == "1,000");
  CHECK(with_separators(25'000'095) == "25,000,095");
  CHECK(with_separators(-100) == "-100");
  CHECK(with_separators(-1234) == "-1,234");
}

TEST_CASE("A terminal sees a bar, a file a line a stage") {
  auto live = GENERATE(true, false);
  std::ostringstream out;
  Progress progress(out, live);
  progress.begin("movies", 0, 1000);
  progress.update(500, 10);
  Counts counts;
  counts.added = 20;
  progress.end(counts);
  CHECK((out.str().find("[") != std::string::npos) == live);
  CHECK((out.str().find("\r") != std::string::npos) == live);
  CHECK(out.str().find("20 added, 0 changed, 0 unchanged, 0 rejected\n") != std::string::npos);
}

}  // namespace
}  // namespace marquee::movie::importer
