#include "services/movie/validation.h"

#include "tests/catch.h"

namespace marquee::movie {
namespace {

bool date_passes(const std::string& date) {
  Violations bad;
  check_date(bad, "release_date", date);
  return bad.empty();
}

bool url_passes(const std::string& url) {
  Violations bad;
  check_url(bad, "poster_url", url);
  return bad.empty();
}

TEST_CASE("dates must be on the calendar") {
  for (const char* good : {"", "2024-02-29", "1895-12-28", "0001-01-01", "9999-12-31"}) {
    CAPTURE(good);
    CHECK(date_passes(good));
  }
  for (const char* bad :
       {"2023-02-30", "2023-02-29", "2023-13-01", "2023-00-10", "2023-1-1", "23-01-01",
        "2023/01/01", "0000-01-01", "2023-01-01T00:00:00Z", "abcd-ef-gh", "-023-01-01", "x"}) {
    CAPTURE(bad);
    CHECK_FALSE(date_passes(bad));
  }
}

TEST_CASE("only web addresses are links") {
  for (const char* good :
       {"", "http://a", "https://example.org/p.jpg?x=1#y", "HTTPS://EXAMPLE.ORG"}) {
    CAPTURE(good);
    CHECK(url_passes(good));
  }
  for (const char* bad :
       {"javascript:alert(1)", "ftp://a/b", "//a/b", "http://", "https:///x", "http:// a",
        "http://a b", "data:text/html,x", "http://a\"onload=", "x"}) {
    CAPTURE(bad);
    CHECK_FALSE(url_passes(bad));
  }
  CHECK_FALSE(url_passes("http://a/" + std::string(2'000, 'x')));
}

TEST_CASE("texts have a longest length and no NUL") {
  Violations good;
  check_text(good, "title", std::string(500, 'x'), 500);
  CHECK(good.empty());
  Violations too_long;
  check_text(too_long, "title", std::string(501, 'x'), 500);
  CHECK_FALSE(too_long.empty());
  Violations nul;
  check_text(nul, "title", std::string("a\0b", 3), 500);
  CHECK_FALSE(nul.empty());
}

TEST_CASE("lists of names are split, trimmed and freed of repetitions") {
  Violations bad;
  CHECK(check_names(bad, "genre", " Action,Crime , ,action,, Drama", 20) ==
        std::vector<std::string>{"Action", "Crime", "Drama"});
  CHECK(check_names(bad, "genre", "", 20).empty());
  CHECK(bad.empty());
  check_names(bad, "genre", "a,b,c", 2);
  CHECK_FALSE(bad.empty());
}

TEST_CASE("pages are bounded") {
  CHECK(check_page(0, 0, false, 20, 100).limit == 20);
  CHECK(check_page(500, 0, false, 20, 100).limit == 100);
  CHECK(check_page(10, 3, false, 20, 100).offset == 20);
  CHECK(check_page(10, 3, true, 20, 100).offset == 0);
  CHECK(check_page(100, 1'001, false, 20, 100).offset == 100'000);
  CHECK_THROWS_AS(check_page(100, 1'002, false, 20, 100), Error);
  CHECK_THROWS_AS(check_page(1, 2'147'483'647, false, 20, 100), Error);
  CHECK_THROWS_AS(check_page(-1, 0, false, 20, 100), Error);
  CHECK_THROWS_AS(check_page(0, -1, false, 20, 100), Error);
}

}  // namespace
}  // namespace marquee::movie
