#include "libs/transcode/route_table.h"

#include "libs/transcode/route_template.h"
#include "tests/catch.h"
#include "tests/unit/transcode/changed_api.h"
#include "tests/unit/transcode/test_api.h"

namespace marquee::transcode {
namespace {

using Outcome = RouteMatch::Outcome;
using Values = std::vector<std::string>;

const RouteTable& table() {
  static const RouteTable routes(test_api());
  return routes;
}

// "GetFilm /films/{id}", or how it failed.
std::string find(std::string_view verb, std::string_view path) {
  RouteMatch match = table().match(verb, path);
  switch (match.outcome) {
    case Outcome::kFound:
      return match.route->method->grpc_path.substr(26) + ' ' + match.route->path_template;
    case Outcome::kNotFound:
      return "not found";
    case Outcome::kWrongVerb:
      return "allow " + match.allow;
    case Outcome::kBadPath:
      return "bad path";
  }
  return {};
}

TEST_CASE("literals beat variables, with backtracking") {
  CHECK(find("GET", "/films/7") == "GetFilm /films/{id}");
  CHECK(find("GET", "/films/popular") == "PopularFilms /films/popular");
  CHECK(find("GET", "/a/b/d") == "Literal /a/b/d");
  CHECK(find("GET", "/a/b/c") == "ByKind /a/{name}/c");
  CHECK(find("GET", "/") == "Root /");
  CHECK(find("PUT", "/films/popular") == "allow GET, HEAD, OPTIONS");
  CHECK(find("GET", "/drive/d/files/index") == "FileIndex /drive/{drive}/files/index");
  CHECK(find("GET", "/drive/d/files/other") == "GetFile /drive/{drive}/files/{path=**}");
}

TEST_CASE("the exact spelling beats its twin, else the twin answers") {
  CHECK(find("GET", "/films/popular/") == "PopularCards /films/popular/");
  CHECK(find("GET", "/films/7/") == "GetFilm /films/{id}");
  CHECK(find("GET", "/films/") == "ListFilms /films");
  CHECK(find("POST", "/film/7/save") == "SaveFilm /film/{film_id}/save/");
  CHECK(find("POST", "/film/7/save/") == "SaveFilm /film/{film_id}/save/");
  CHECK(find("DELETE", "/films/7") == "DeleteFilm /films/{id}/");
  CHECK(find("GET", "/films/7//") == "not found");
  CHECK(find("GET", "//films/7") == "not found");
}

TEST_CASE("paths of any depth") {
  std::string tail = "a";
  for (int segments = 4; segments < 40; ++segments, tail += "/b") {
    RouteMatch match = table().match("GET", "/drive/d/files/" + tail);
    REQUIRE(match.outcome == Outcome::kFound);
    CHECK(match.values == Values{"d", tail});
    CHECK(table().match("GET", "/nowhere/" + tail).outcome == Outcome::kNotFound);
    CHECK(table().match("GET", "/nowhere/" + tail + '/').outcome == Outcome::kNotFound);
  }
}

TEST_CASE("a word is no integer, so that it reaches what it names") {
  CHECK(find("POST", "/film/save/save") == "not found");
  CHECK(find("GET", "/films/%37") == "GetFilm /films/{id}");
  CHECK(find("GET", "/films/words") == "not found");
  CHECK(find("DELETE", "/films/popular/") == "allow GET, HEAD, OPTIONS");
}

TEST_CASE("HEAD is GET; another verb is told from an unknown path") {
  CHECK(find("HEAD", "/films/7") == "GetFilm /films/{id}");
  CHECK(find("POST", "/films/7") == "allow DELETE, GET, HEAD, OPTIONS, PUT");
  CHECK(find("POST", "/films/7/") == "allow DELETE, GET, HEAD, OPTIONS, PUT");
  CHECK(find("GET", "/film/7/save") == "allow OPTIONS, POST");
  CHECK(find("OPTIONS", "/films") == "allow GET, HEAD, OPTIONS");
  CHECK(find("BREW", "/films") == "allow GET, HEAD, OPTIONS");
  CHECK(find("GET", "/film") == "not found");
  CHECK(find("GET", "/film/7") == "not found");
  CHECK(find("GET", "") == "not found");
  CHECK(find("OPTIONS", "*") == "not found");
  CHECK(find("GET", "/Internal") == "not found");
  CHECK(table().allowed("/films/7") == "DELETE, GET, HEAD, OPTIONS, PUT");
  CHECK(table().allowed("/none").empty());
}

TEST_CASE("path values are decoded once and checked") {
  CHECK(table().match("GET", "/a/a%2Fb%252F+c/c").values == Values{"a/b%2F+c"});
  CHECK(table().match("GET", "/a/%C3%A9/c").values == Values{"\xC3\xA9"});
  CHECK(table().match("GET", "/a/\xC3\xA9/c").values == Values{"\xC3\xA9"});
  CHECK(find("GET", "/films/%") == "bad path");
  CHECK(find("GET", "/films/%2") == "bad path");
  CHECK(find("GET", "/films/%zz") == "bad path");
  CHECK(find("GET", "/films/%00") == "bad path");
  CHECK(find("GET", "/films/%ff") == "bad path");
  CHECK(find("GET", "/films/\xff") == "bad path");
  CHECK(find("GET", std::string_view("/films/\0", 8)) == "bad path");
  CHECK(find("GET", "/%66ilms/popular") == "PopularFilms /films/popular");
  CHECK(find("GET", "/films%2Fpopular") == "not found");
}

TEST_CASE("a last ** takes the rest of the path, never nothing") {
  RouteMatch match = table().match("GET", "/drive/s3/files/a/b%20c/d.mp4");
  REQUIRE(match.outcome == Outcome::kFound);
  CHECK(match.values == Values{"s3", "a/b c/d.mp4"});
  CHECK(match.route->variables[0]->name == "drive");
  CHECK(match.route->variables[1]->name == "path");
  CHECK(table().match("GET", "/drive/s3/files/a/").values == Values{"s3", "a/"});
  CHECK(find("GET", "/drive/s3/files/") == "not found");
  CHECK(find("GET", "/drive/s3/files") == "not found");
}

TEST_CASE("policies and bodies of a route") {
  CHECK(table().match("GET", "/films/7").route->success == 200);
  CHECK(table().match("PUT", "/films/7").route->success == 202);
  CHECK(table().match("POST", "/film/7/save/").route->success == 201);
  CHECK(table().match("DELETE", "/films/7").route->success == 204);
  CHECK(table().match("GET", "/films").route->response_field->name == "films");
  CHECK(table().match("GET", "/films/7").route->body == Route::Body::kIgnored);
  CHECK(table().match("PUT", "/films/7").route->body == Route::Body::kMessage);
  const Route* director = table().match("PATCH", "/film/7/director").route;
  CHECK(director->body == Route::Body::kField);
  CHECK(director->body_field->name == "director");
  for (std::size_t i = 0; i < table().routes().size(); ++i) CHECK(table().routes()[i]->index == i);
}

TEST_CASE("templates") {
  auto complaint = [](std::string_view path) {
    try {
      parse_template(path);
      return std::string();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
  };
  CHECK(parse_template("/a/{b}/").size() == 3);
  CHECK(parse_template("/a/{b=*}")[1].text == "b");
  CHECK(complaint("a") == "path \"a\": starts without a slash");
  CHECK(complaint("/a//b") == "path \"/a//b\": has an empty segment");
  CHECK(complaint("/a/x{b}") == "path \"/a/x{b}\": a variable is a whole segment");
  CHECK(complaint("/a/*") == "path \"/a/*\": a variable is a whole segment");
  CHECK(complaint("/a/{}") == "path \"/a/{}\": a variable names a field of the request");
  CHECK(complaint("/a/{b.c}") == "path \"/a/{b.c}\": a variable names a field of the request");
  CHECK(complaint("/a/{b=x}") ==
        "path \"/a/{b=x}\": a variable takes one segment, or ** for the rest");
  CHECK(complaint("/a/{b=**}/c") == "path \"/a/{b=**}/c\": ** takes the rest of the path");
}

TEST_CASE("routes that cannot be are refused") {
  auto complains = [](const std::string& expected, auto change) {
    ChangedApi api;
    change(api);
    CHECK(api.complaint() == expected);
  };
  using A = ChangedApi;
  const std::string films = "marquee.testapi.v1.Films.";
  complains(films + "GetFilm and " + films + "Literal both claim GET /films/{id}", [](A& api) {
    api.rule("Literal").set_get("/films/{id}");
    api.method("Literal").set_input_type(".marquee.testapi.v1.GetFilmRequest");
  });
  complains(films + "GetFilm: path variable \"none\" is no scalar field of its request",
            [](A& api) { api.rule("GetFilm").set_get("/films/{none}"); });
  complains(films + "SaveFilm: path variable \"director\" is no scalar field of its request",
            [](A& api) { api.rule("SaveFilm").set_put("/films/{director}"); });
  complains(films + "SaveFilm: path variable \"genres\" is no scalar field of its request",
            [](A& api) { api.rule("SaveFilm").set_put("/films/{genres}"); });
  complains(films + "GetFilm: \"/films/{id}/{id}\" names \"id\" twice",
            [](A& api) { api.rule("GetFilm").set_get("/films/{id}/{id}"); });
  complains(films + "SaveFilm: marquee.testapi.v1.SaveFilmRequest has no field \"none\"",
            [](A& api) { api.rule("SaveFilm").set_body("none"); });
  complains(films + "ListFilms: marquee.testapi.v1.FilmPage has no field \"none\"",
            [](A& api) { api.rule("ListFilms").set_response_body("none"); });
  complains(films + "Internal: an internal RPC cannot have a route",
            [](A& api) { api.rule("Internal").set_get("/internal"); });
  complains(films + "GetFilm: a route needs get, post, put, patch or delete",
            [](A& api) { api.rule("GetFilm").mutable_custom()->set_kind("HEAD"); });
  complains(films + "GetFilm: its policy speaks of \"/x\", which is not one of its paths",
            [](A& api) { api.method_policy("GetFilm").add_paths()->set_path("/x"); });
}

}  // namespace
}  // namespace marquee::transcode
