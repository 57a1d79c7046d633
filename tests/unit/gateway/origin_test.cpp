#include <stdexcept>

#include "gateway/cors.h"
#include "gateway/session_cookie.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

RequestHead from(std::string_view origin, std::string_view site = "",
                 std::string_view referer = "") {
  RequestHead head;
  head.host = "api.example:8000";
  head.origin = origin;
  head.sec_fetch_site = site;
  head.referer = referer;
  return head;
}

TEST_CASE("an unsafe call with the cookie must come from our own pages") {
  Cors cors({"http://localhost:3000", "null"}, false);
  CHECK(cors.trusts_cookie_call(from("http://localhost:3000")));
  CHECK(cors.trusts_cookie_call(from("http://api.example:8000")));
  CHECK(cors.trusts_cookie_call(from("https://API.example:8000")));
  CHECK(cors.trusts_cookie_call(from("", "same-origin")));
  CHECK_FALSE(cors.trusts_cookie_call(from("null")));
  CHECK_FALSE(cors.trusts_cookie_call(from("http://localhost:3001")));
  CHECK_FALSE(cors.trusts_cookie_call(from("http://localhost:3000.evil.example")));
  CHECK_FALSE(cors.trusts_cookie_call(from("http://evil.example", "same-origin")));
  CHECK_FALSE(cors.trusts_cookie_call(from("", "cross-site")));
  CHECK_FALSE(cors.trusts_cookie_call(from("", "same-site")));
  CHECK_FALSE(cors.trusts_cookie_call(from("", "", "http://evil.example/page")));
  CHECK(cors.trusts_cookie_call(from("", "", "http://localhost:3000/page")));
}

TEST_CASE("a call that says nothing of its origin is no browser's, unless configured") {
  CHECK(Cors({}, false).trusts_cookie_call(from("")));
  CHECK_FALSE(Cors({}, true).trusts_cookie_call(from("")));
}

TEST_CASE("only listed origins are let in by CORS") {
  Cors cors({"http://localhost:3000"}, false);
  Answer answer;
  cors.add_headers("http://localhost:3000", answer);
  cors.add_preflight_headers("http://localhost:3000", answer);
  CHECK(answer.headers.find("Access-Control-Allow-Origin: http://localhost:3000\r\n") !=
        std::string::npos);
  CHECK(answer.headers.find("Access-Control-Allow-Credentials: true\r\n") != std::string::npos);
  CHECK(answer.headers.find("Access-Control-Max-Age: 600\r\n") != std::string::npos);
  Answer foreign;
  cors.add_headers("http://evil.example", foreign);
  cors.add_preflight_headers("http://evil.example", foreign);
  CHECK(foreign.headers.empty());
}

TEST_CASE("the session cookie is set and cleared as its clients expect") {
  Config config;
  CHECK(SessionCookie(config).set("abc.d-e_f") ==
        "access_token=abc.d-e_f; Path=/; HttpOnly; SameSite=Lax; Max-Age=36000");
  CHECK(SessionCookie(config).clear() ==
        "access_token=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; "
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(SessionCookie(config).set("a\r\nb") == SessionCookie(config).clear());
  config.cookie_secure = true;
  CHECK(SessionCookie(config).set("a").find("; Secure") != std::string::npos);
  config.cookie_same_site = "Sometimes";
  CHECK_THROWS_AS(SessionCookie(config), std::invalid_argument);
  config.cookie_same_site = "None";
  config.cookie_secure = false;
  CHECK_THROWS_AS(SessionCookie(config), std::invalid_argument);
}

}  // namespace
}  // namespace marquee::gateway
