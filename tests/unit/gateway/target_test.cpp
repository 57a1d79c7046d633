#include "gateway/target.h"

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

Target parsed(std::string_view text, std::string_view method = "GET") {
  Target target;
  REQUIRE(parse_target(method, text, target) == TargetError::kNone);
  return target;
}

bool malformed(std::string_view text, std::string_view method = "GET") {
  Target target;
  return parse_target(method, text, target) == TargetError::kMalformed;
}

TEST_CASE("a target's path and query are split at the first question mark") {
  CHECK(parsed("/").path == "/");
  CHECK(parsed("/api/movies?limit=2&x=a?b").path == "/api/movies");
  CHECK(parsed("/api/movies?limit=2&x=a?b").query == "limit=2&x=a?b");
  CHECK(parsed("/api/movies?").query.empty());
  CHECK(parsed("//double").path == "//double");
}

TEST_CASE("an absolute target is taken apart") {
  CHECK(parsed("http://localhost:8000/api?x=1").path == "/api");
  CHECK(parsed("http://localhost:8000/api?x=1").query == "x=1");
  CHECK(parsed("HTTPS://host").path == "/");
  CHECK(parsed("http://host?x=1").path == "/");
  CHECK(parsed("http://host?x=1").query == "x=1");
  CHECK(parsed("http://localhost:8000/api").host == "localhost:8000");
  CHECK(malformed("http://"));
  CHECK(malformed("http:///path"));
  CHECK(malformed("http://user@host/"));
}

TEST_CASE("only OPTIONS may ask for the asterisk") {
  CHECK(parsed("*", "OPTIONS").path == "*");
  CHECK(malformed("*"));
}

TEST_CASE("anything else is malformed or too long") {
  CHECK(malformed(""));
  CHECK(malformed("api"));
  CHECK(malformed("ftp://host/"));
  CHECK(malformed("/a#b"));
  CHECK(malformed("/a b"));
  CHECK(malformed(std::string("/a\0b", 4)));
  Target target;
  CHECK(parse_target("GET", "/" + std::string(kTargetBytesMax, 'a'), target) ==
        TargetError::kTooLong);
}

TEST_CASE("the next page's link keeps the query but for the cursor") {
  CHECK(next_page_link(parsed("/api/users"), "").empty());
  CHECK(next_page_link(parsed("/api/users"), "abc") == "</api/users?cursor=abc>; rel=\"next\"");
  CHECK(next_page_link(parsed("/api/users?cursor=old&limit=2&&cursor=x"), "a/b=") ==
        "</api/users?limit=2&cursor=a%2Fb%3D>; rel=\"next\"");
  CHECK(next_page_link(parsed("/a?x=<\">"), "c") == "</a?x=%3C%22%3E&cursor=c>; rel=\"next\"");
}

}  // namespace
}  // namespace marquee::gateway
