#include "libs/transcode/request_encoder.h"
#include "tests/catch.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

using testapi::v1::KindRequest;
using testapi::v1::SaveFilmRequest;

const RouteTable& table() {
  static const RouteTable routes(test_api());
  return routes;
}

struct Answer {
  std::string wire;
  std::string complaint = "none";  // "reason | field | message"
};

Answer ask(std::string_view verb, std::string_view path, std::string_view query,
           std::string_view body) {
  RouteMatch match = table().match(verb, path);
  REQUIRE(match.outcome == RouteMatch::Outcome::kFound);
  Answer answer;
  auto error = encode_request(*match.route, match.values, query, body, answer.wire);
  if (error) {
    CHECK(answer.wire.empty());
    answer.complaint = error->reason + " | " + error->field + " | " + error->message;
  }
  return answer;
}

template <typename Message = SaveFilmRequest>
Message encode(std::string_view verb, std::string_view path, std::string_view query = {},
               std::string_view body = {}) {
  Answer answer = ask(verb, path, query, body);
  CAPTURE(path, query, body);
  CHECK(answer.complaint == "none");
  Message message;
  REQUIRE(message.ParseFromString(answer.wire));
  return message;
}

std::string query_complaint(std::string_view query) {
  return ask("GET", "/films", query, {}).complaint;
}

TEST_CASE("a query is read in upper case where its field says so") {
  auto request = encode<KindRequest>("GET", "/kinds/short_film", "shelf=nEws&name=nEws");
  CHECK(request.shelf() == "NEWS");
  CHECK(request.name() == "nEws");
}

TEST_CASE("the path wins over the body, the body over the query") {
  auto film = encode("PUT", "/films/7", "film_id=1&overview=q&rating=1&genres=q&trailer=q",
                     R"({"film_id":2,"overview":"b","genres":["b"],"trailer":null})");
  CHECK(film.film_id() == 7);
  CHECK(film.overview() == "b");
  CHECK(film.rating() == 1);
  REQUIRE(film.genres_size() == 1);
  CHECK(film.genres(0) == "b");
  CHECK_FALSE(film.has_trailer());
  CHECK(encode("PUT", "/films/7", "by_name=q", R"({"by_id":5})").by_id() == 5);
}

TEST_CASE("a body goes where the route says") {
  CHECK(encode("GET", "/films", "", R"({"film_id":2)").film_id() == 0);
  CHECK(encode("PUT", "/films/7", "", "").film_id() == 7);
  auto film = encode("PATCH", "/film/7/director", "overview=o", R"({"name":"Ang Lee"})");
  CHECK(film.film_id() == 7);
  CHECK(film.overview() == "o");
  CHECK(film.director().name() == "Ang Lee");
  CHECK(encode("PATCH", "/film/7/director").has_director());
  auto genres = encode("PATCH", "/film/7/genres", "genres=q", R"(["a","b"])");
  CHECK(genres.genres_size() == 2);
  CHECK(encode("PATCH", "/film/7/genres").genres_size() == 0);
  CHECK(ask("PATCH", "/film/7/genres", "", "{}").complaint ==
        "wrong_type | genres | Genres must be a list");
  CHECK(ask("PATCH", "/film/7/genres", "", "[1]").complaint ==
        "wrong_type | genres[0] | Genres[0] must be a string");
  CHECK(ask("PATCH", "/film/7/director", "", R"({"rank":"x"})").complaint ==
        "wrong_type | director.rank | Rank must be an integer");
  CHECK(ask("PATCH", "/film/7/genres", "", "[1").complaint ==
        "wrong_type | genres[0] | Genres[0] must be a string");
  CHECK(ask("PATCH", "/film/7/genres", "", "[").complaint ==
        "malformed_json |  | JSON parse error - unexpected end at byte 1");
}

TEST_CASE("query values are read by type; unknown and nested ones ignored") {
  auto film = encode(
      "GET", "/films",
      "film_id=5&description=a+b%20c&rating=7.5&genres=x&genres=y&published=1&kind=feature&"
      "released_at=1970-01-01T00:00:01Z&ranks=1&ranks=2&poster=YQ&year=1999&other=1&director=x&"
      "director.name=x&counts=1&&=&min_rating=3&min_rating=4");
  CHECK(film.film_id() == 5);
  CHECK(film.overview() == "a b c");
  CHECK(film.rating() == 7.5);
  CHECK(film.genres_size() == 2);
  CHECK(film.published());
  CHECK(film.kind() == testapi::v1::PROJECT_TYPE_FEATURE);
  CHECK(film.released_at().seconds() == 1);
  CHECK(film.ranks_size() == 2);
  CHECK(film.poster() == "a");
  CHECK(film.year() == "1999");
  CHECK_FALSE(film.has_director());
  CHECK(film.min_rating() == 4);
  CHECK_FALSE(encode("GET", "/films", "published=false").published());
  CHECK_FALSE(encode("GET", "/films", "published=0").published());
  CHECK(encode("GET", "/films", "published=true").published());
  CHECK(encode("GET", "/films", "details=%7B%7D").details() == "{}");
}

TEST_CASE("an empty query value of a number, date, optional or list is unset") {
  auto film = encode("GET", "/films",
                     "rating=&min_rating&released_at=&trailer=&genres=&kind=&overview=&ranks=");
  CHECK_FALSE(film.has_rating());
  CHECK_FALSE(film.has_released_at());
  CHECK_FALSE(film.has_trailer());
  CHECK(film.genres_size() == 0);
  CHECK(film.ranks_size() == 0);
  CHECK(film.overview().empty());
}

TEST_CASE("bad query values") {
  CHECK(query_complaint("min_rating=x") == "wrong_type | min_rating | Invalid min_rating format");
  CHECK(query_complaint("min_rating=1.5") == "wrong_type | min_rating | Invalid min_rating format");
  CHECK(query_complaint("min_rating=99999999999") ==
        "out_of_range | min_rating | Invalid min_rating format");
  CHECK(query_complaint("rating=nan") == "wrong_type | rating | Invalid rating format");
  CHECK(query_complaint("published=yes") == "wrong_type | published | Invalid published format");
  CHECK(query_complaint("published=") == "wrong_type | published | Invalid published format");
  CHECK(query_complaint("kind=x") == "wrong_type | kind | Invalid kind format");
  CHECK(query_complaint("released_at=x") ==
        "wrong_type | released_at | Invalid released_at format");
  CHECK(query_complaint("details=x") == "wrong_type | details | Invalid details format");
  CHECK(query_complaint("a=%") == "bad_query |  | Malformed query string");
  CHECK(query_complaint("%zz=1") == "bad_query |  | Malformed query string");
  CHECK(query_complaint("a=%ff") == "bad_query |  | Malformed query string");
  CHECK(query_complaint("a=%00") == "bad_query |  | Malformed query string");
}

TEST_CASE("a path value that does not fit means that there is no such path") {
  CHECK(encode("GET", "/films/-7").film_id() == -7);
  for (const char* path : {"/films/x", "/films/7.0", "/films/1e2", "/films/+7", "/films/07",
                           "/films/9223372036854775808"}) {
    CAPTURE(path);
    CHECK(table().match("GET", path).outcome == RouteMatch::Outcome::kNotFound);
  }
  CHECK(encode<KindRequest>("GET", "/kinds/short_film").kind() ==
        testapi::v1::PROJECT_TYPE_SHORT_FILM);
  CHECK(ask("GET", "/kinds/none", {}, {}).complaint == "no_such_path | kind | Invalid kind format");
  CHECK(encode<KindRequest>("GET", "/flags/true").flag());
  CHECK(encode<KindRequest>("GET", "/times/1970-01-01T00:00:09Z").at().seconds() == 9);
  CHECK(encode<KindRequest>("GET", "/a/x%20y/c").name() == "x y");
}

TEST_CASE("queries are split and decoded") {
  std::vector<std::pair<std::string, std::string>> pairs;
  REQUIRE(parse_query("a=1&b&c=&=d&&e=f=g&h=%26+%3D", pairs));
  std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b", ""}, {"c", ""}, {"", "d"}, {"e", "f=g"}, {"h", "& ="}};
  CHECK(pairs == expected);
  std::string out;
  CHECK(percent_decode("a+b", false, out));
  CHECK(out == "a+b");
  CHECK_FALSE(percent_decode("%4", false, out));
  CHECK_FALSE(percent_decode("%c3", false, out));
}

}  // namespace
}  // namespace marquee::transcode
