#include "gateway/header_values.h"

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

TEST_CASE("a bearer token is found whatever the scheme's case") {
  CHECK(bearer_token("Bearer abc.def") == "abc.def");
  CHECK(bearer_token("bearer   abc ") == "abc");
  CHECK(bearer_token("Basic abc").empty());
  CHECK(bearer_token("Bearer").empty());
  CHECK(bearer_token("Bearerabc").empty());
  CHECK(bearer_token("").empty());
}

TEST_CASE("a cookie is found by its exact name") {
  CHECK(cookie_value("access_token=abc", "access_token") == "abc");
  CHECK(cookie_value("a=1; access_token=\"abc\" ; b=2", "access_token") == "abc");
  CHECK(cookie_value("xaccess_token=abc; access_token_=d", "access_token").empty());
  CHECK(cookie_value("access_token", "access_token").empty());
  CHECK(cookie_value(";;=;a=b=c", "a") == "b=c");
}

TEST_CASE("gzip is sent to who takes it") {
  CHECK(accepts_gzip("gzip, deflate, br"));
  CHECK(accepts_gzip("br;q=1.0, GZIP;q=0.8"));
  CHECK(accepts_gzip("*"));
  CHECK_FALSE(accepts_gzip(""));
  CHECK_FALSE(accepts_gzip("identity"));
  CHECK_FALSE(accepts_gzip("gzip;q=0"));
  CHECK_FALSE(accepts_gzip("gzip; q=0.000, *"));
  CHECK_FALSE(accepts_gzip("*;q=0"));
}

TEST_CASE("JSON is told from other content types") {
  CHECK(is_json(""));
  CHECK(is_json("application/json"));
  CHECK(is_json("Application/JSON; charset=utf-8"));
  CHECK(is_json("application/merge-patch+json"));
  CHECK_FALSE(is_json("text/plain"));
  CHECK_FALSE(is_json("application/x-www-form-urlencoded"));
  CHECK_FALSE(is_json("application/+json"));
  CHECK_FALSE(is_json("; charset=utf-8"));
}

TEST_CASE("If-None-Match compares weakly, over both representations") {
  CHECK(names_etag("\"abc\"", "abc"));
  CHECK(names_etag("W/\"abc\"", "abc"));
  CHECK(names_etag("\"x\", \"abc-gzip\"", "abc"));
  CHECK(names_etag("*", "abc"));
  CHECK_FALSE(names_etag("", "abc"));
  CHECK_FALSE(names_etag("abc", "abc"));
  CHECK_FALSE(names_etag("\"abcd\"", "abc"));
  CHECK_FALSE(names_etag("\"abc-br\"", "abc"));
  CHECK_FALSE(names_etag("\"", "abc"));
}

}  // namespace
}  // namespace marquee::gateway
