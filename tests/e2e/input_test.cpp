// What no honest client sends: each is refused with a 400 that names the field, and nothing breaks.
#include "tests/catch.h"
#include "tests/e2e/films.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

struct Write {
  std::string method;
  std::string path;
  std::vector<std::string> fields;
};

// The writes of the movie service, on a film and a review of `person`'s own.
std::vector<Write> writes_of(const Person& person) {
  HttpClient client = client_of(person);
  auto id = add_film(person);
  auto review =
      client.post("/api/reviews", {{"movie_id", id}, {"rating", 3}, {"comment", "There it is."}})
          .json()
          .value("id", std::int64_t{0});
  const std::vector<std::string> film_fields = {
      "title",        "description", "overview", "rating", "genre",      "poster_url",
      "release_date", "director",    "runtime",  "adult",  "trailer_url"};
  auto new_film_fields = film_fields;
  new_film_fields.push_back("actors");
  return {{"POST", "/api/movies", new_film_fields},
          {"PUT", movie_path(id), film_fields},
          {"POST", detail_path(id, "/rate/"), {"rating"}},
          {"POST", detail_path(id, "/comment/"), {"body"}},
          {"DELETE", detail_path(id, "/comment/"), {"comment_id"}},
          {"POST", "/api/reviews", {"movie_id", "rating", "comment"}},
          {"PUT", "/api/reviews/" + std::to_string(review), {"rating", "comment"}},
          {"POST", "/api/movie/search/", {"title", "limit"}}};
}

std::string nested(const std::string& open, const std::string& close, int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += open;
  text += "1";
  for (int i = 0; i < levels; ++i) text += close;
  return text;
}

std::string code_of(const HttpReply& reply) {
  json body = reply.json();
  return body.is_object() ? body.value("code", "") : "";
}

}  // namespace

TEST_CASE("a body that is no JSON object is refused by every write") {
  Person person = new_person();
  HttpClient client = client_of(person);
  for (const auto& write : writes_of(person)) {
    for (const char* body :
         {"{", "}", "nonsense", "{'rating':1}", "{\"rating\":}", "{\"rating\":1,}", "{\"a\" 1}",
          "{\"rating\":01}", "{\"rating\":NaN}", "{\"rating\":Infinity}", "{\"rating\":.5}",
          "{\"rating\":1} {}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":tru}", "{/**/}",
          "\xEF\xBB\xBF{}"}) {
      CAPTURE(write.method, write.path, body);
      auto reply = client.request(write.method, write.path, body);
      CHECK(error_faults(reply, 400) == "");
      CHECK(code_of(reply) == "malformed_json");
      CHECK(reply.json()["message"].get<std::string>().rfind("JSON parse error - ", 0) == 0);
    }
    for (const char* body : {"[]", "5", "\"text\"", "true", "null", "[{\"rating\":1}]"}) {
      CAPTURE(write.method, write.path, body);
      auto reply = client.request(write.method, write.path, body);
      CHECK(error_faults(reply, 400, "Body must be an object") == "");
    }
  }
}

TEST_CASE("whatever type or size a field has, no write breaks") {
  Person person = new_person();
  HttpClient client = client_of(person);
  const std::string digits(400, '9');
  const std::string text(5'000, 'a');
  for (const auto& write : writes_of(person)) {
    for (const auto& field : write.fields) {
      for (const std::string& value :
           {std::string("true"), std::string("[]"), std::string("{}"), std::string("[[]]"),
            std::string("-1"), std::string("2147483648"), std::string("9223372036854775807"),
            std::string("9223372036854775808"), std::string("1e400"), std::string("-1e400"),
            std::string("1e-400"), digits, std::string("\"\\u0000\""), "\"" + text + "\"",
            "\"" + digits + "\"", std::string("\"' OR 1=1; --\""),
            std::string("\"\xF3\xA0\x80\x81\xE2\x80\xAE\"")}) {
        CAPTURE(write.method, write.path, field, value.substr(0, 40));
        auto reply = client.request(write.method, write.path, "{\"" + field + "\":" + value + "}");
        CHECK((reply.status >= 200 && reply.status < 500));
        if (reply.status == 400) CHECK(error_faults(reply, 400) == "");
      }
    }
  }
}

TEST_CASE("a wrong type is named with its field") {
  Person person = new_person();
  HttpClient client = client_of(person);
  for (const auto& write : writes_of(person)) {
    for (const auto& field : write.fields) {
      for (const char* value : {"[1]", "{\"a\":1}"}) {
        if (field == "actors" && *value == '[') continue;
        CAPTURE(write.method, write.path, field, value);
        auto reply = client.request(write.method, write.path, "{\"" + field + "\":" + value + "}");
        CHECK(field_faults(reply, field) == "");
        CHECK(code_of(reply) == "wrong_type");
      }
    }
  }
  const std::string film_path = movie_path(add_film(person));
  for (const auto& [body, field] : std::vector<std::pair<const char*, const char*>>{
           {R"({"runtime":2147483648})", "runtime"},
           {R"({"runtime":-2147483649})", "runtime"},
           {R"({"runtime":1e10})", "runtime"},
           {R"({"runtime":"1e400"})", "runtime"},
           {R"({"rating":1e400})", "rating"},
           {R"({"rating":-1e400})", "rating"},
           {R"({"rating":"1e400"})", "rating"},
           {R"({"rating":"Infinity"})", "rating"},
           {R"({"release_date":"2023-02-30"})", "release_date"},
           {R"({"release_date":"2023-00-10"})", "release_date"},
           {R"({"release_date":"2023-10-00"})", "release_date"},
           {R"({"release_date":"1900-02-29"})", "release_date"},
           {R"({"release_date":"0000-01-01"})", "release_date"},
           {R"({"release_date":"-044-03-15"})", "release_date"},
           {R"({"release_date":"10000-01-01"})", "release_date"},
           {R"({"release_date":"2023-10-10T00:00:00Z"})", "release_date"},
           {R"({"release_date":"infinity"})", "release_date"},
           {R"({"release_date":"٢٠٢٣-١٠-١٠"})", "release_date"}}) {
    CAPTURE(body);
    CHECK(field_faults(client.request("PUT", film_path, body), field) == "");
  }
  auto reply =
      client.request("POST", "/api/movies", R"({"title":"a","actors":[{"name":"b"},{"name":5}]})");
  CHECK(field_faults(reply, "actors[1].name") == "");
  CHECK(field_faults(client.request("POST", "/api/reviews", R"({"movie_id":1e30})"), "movie_id") ==
        "");
}

TEST_CASE("text that is no UTF-8, and NUL, are refused") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  const std::string path = detail_path(id, "/comment/");
  for (const char* text : {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80",
                           "\xE2\x82", "\\ud800", "\\udc00", "\\ud800\\u0041"}) {
    CAPTURE(text);
    auto reply = client.request("POST", path, std::string("{\"body\":\"a") + text + "b\"}");
    CHECK(error_faults(reply, 400) == "");
    CHECK(code_of(reply) == "invalid_utf8");
    // Also where nobody reads it.
    reply = client.request("POST", path, std::string("{\"body\":\"a\",\"x\":\"") + text + "b\"}");
    CHECK(error_faults(reply, 400) == "");
    reply = client.request("POST", path, std::string("{\"body\":\"a\",\"") + text + "b\":1}");
    CHECK(error_faults(reply, 400) == "");
  }
  CHECK(field_faults(client.request("POST", path, R"({"body":"a\u0000b"})"), "body") == "");
  CHECK(error_faults(client.request("POST", path, std::string("{\"body\":\"a\0b\"}", 14)), 400) ==
        "");
  for (const char* query : {"%00", "%FF", "%C3", "%zz", "%", "%4", "%ED%A0%80", "a%00b"}) {
    CAPTURE(query);
    for (const std::string field : {"title", "genre", "director"}) {
      auto reply = anybody().get("/api/movies/search?" + field + "=" + query);
      CHECK(error_faults(reply, 400) == "");
    }
    CHECK(anybody().get(std::string("/api/movies/") + query).status / 100 == 4);
  }
  CHECK(client.get(detail_path(id, "/comments/")).json() == json::array());
}

TEST_CASE("deeply nested JSON is refused before it costs anything") {
  Person person = new_person();
  HttpClient client = client_of(person);
  for (const auto& write : writes_of(person)) {
    for (int levels : {33, 1'000, 100'000}) {
      for (const auto& value : {nested("[", "]", levels), nested("{\"a\":", "}", levels),
                                std::string(static_cast<std::size_t>(levels), '[')}) {
        CAPTURE(write.method, write.path, levels, value.substr(0, 8));
        auto reply = client.request(write.method, write.path, "{\"unknown\":" + value + "}");
        CHECK(error_faults(reply, 400) == "");
        CHECK(code_of(reply) == "too_deep");
      }
    }
  }
}

TEST_CASE("odd but good JSON is understood") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  const std::string path = detail_path(id, "/rate/");
  for (const auto& [body, rating] : std::vector<std::pair<std::string, double>>{
           {"\r\n\t {\n\"rating\"\t:\r4 } \n", 4},
           {R"({"r\u0061ting":1.5})", 1.5},
           {R"({"rating":1,"rating":5})", 5},
           {R"({"rating":0.3e1})", 3},
           {R"({"rating":45E-1})", 4.5},
           {R"({"rating":"2"})", 2},
           {R"({"x":)" + nested("[", "]", 20) + R"(,"rating":2.5})", 2.5},
           {R"({"x":123456789012345678901234567890,"y":1e999,"rating":3.5})", 3.5}}) {
    CAPTURE(body);
    auto reply = client.request("POST", path, body);
    CHECK((reply.status == 200 || reply.status == 201));
    CHECK(reply.json()["data"]["rating"] == rating);
  }
  for (const char* type :
       {"application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=UTF-8"}) {
    CAPTURE(type);
    auto reply = client.request("POST", path, R"({"rating":4})", {{"Content-Type", type}});
    CHECK(reply.status == 200);
  }
}

TEST_CASE("a body of another type or too large is refused") {
  Person person = new_person();
  HttpClient client = client_of(person);
  auto id = add_film(person);
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "text/html",
                           "multipart/form-data; boundary=a"}) {
    CAPTURE(type);
    auto reply =
        client.request("POST", detail_path(id, "/rate/"), "rating=4", {{"Content-Type", type}});
    CHECK(error_faults(reply, 415) == "");
  }
  std::string large = "{\"body\":\"" + std::string(1'100'000, 'x') + "\"}";
  CHECK(error_faults(client.request("POST", detail_path(id, "/comment/"), large), 413) == "");
  CHECK(detail_of(client, id)["rated"] == 0);
}
