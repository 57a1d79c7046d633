// /api/openapi.json against what the suite really does: each operation is called with the
// document's own examples, and its answer must be one of those described.
#include <algorithm>
#include <cctype>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"
#include "tests/e2e/schema.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

const json& document() {
  static const json instance = anybody().get("/api/openapi.json").json();
  return instance;
}

json resolved(const json& node) {
  if (!node.contains("$ref")) return node;
  return document().at(json::json_pointer(node.at("$ref").get<std::string>().substr(1)));
}

bool is_of_notification(const std::string& path) {
  return path.find("/notifications/{id}") != std::string::npos;
}

// A person of their own for each call, who has a film, a review of it and a comment on it, and has
// said something in a chat room.
struct Scene {
  Person person = new_person();
  HttpClient client = client_of(person);
  std::int64_t film = add_film(person);
  std::int64_t review = 0;
  std::int64_t comment = 0;
  std::int64_t line = 0;
  std::int64_t notification = 0;

  explicit Scene(const std::string& path) {
    review =
        client
            .post("/api/reviews", {{"movie_id", film}, {"rating", 3}, {"comment", "There it is."}})
            .json()
            .value("id", std::int64_t{0});
    client.post(detail_path(film, "/comment/"), {{"body", "Again."}});
    comment = client.get(detail_path(film, "/comments/")).json().at(0).value("id", std::int64_t{0});
    line = client.post("/api/chat/rooms/NEWS/messages", {{"msg", "Anybody?"}})
               .json()
               .value("id", std::int64_t{0});
    if (is_of_notification(path)) be_notified();
  }

  // Somebody else reviews the film.
  void be_notified() {
    client_of(new_person())
        .post("/api/reviews", {{"movie_id", film}, {"rating", 4}, {"comment", "Here too."}});
    marquee::testing::eventually([&] {
      const json list = client.get("/api/notifications").json()["notifications"];
      if (!list.empty()) notification = list[0]["id"];
      return !list.empty();
    });
  }

  std::string id_for(const std::string& path, const std::string& name) const {
    if (is_of_notification(path)) return std::to_string(notification);
    if (path.rfind("/api/reviews/", 0) == 0) return std::to_string(review);
    if (path.rfind("/api/user", 0) == 0) return std::to_string(person.id);
    if (name == "room") return "NEWS";
    if (path.rfind("/api/chat/", 0) == 0) return std::to_string(line);
    if (name == "comment_id") return std::to_string(comment);
    return std::to_string(film);
  }

  std::string target(const std::string& path, const json& operation) const {
    std::string text = path;
    char sign = '?';
    for (const auto& parameter : operation.value("parameters", json::array())) {
      if (parameter.contains("$ref")) continue;
      const std::string name = parameter.at("name");
      if (parameter.at("in") == "path") {
        text.replace(text.find('{' + name + '}'), name.size() + 2, id_for(path, name));
      } else if (parameter.at("required") == true) {
        std::string value = parameter.at("example");
        std::replace(value.begin(), value.end(), ' ', '+');
        text += sign + name + '=' + value;
        sign = '&';
      }
    }
    return text;
  }

  std::string body(const std::string& path, const json& operation) const {
    if (!operation.contains("requestBody")) return {};
    json example = operation["requestBody"]["content"]["application/json"]["example"];
    Person other = stranger();
    if (example.contains("username")) example["username"] = other.username;
    if (example.contains("email")) example["email"] = other.email;
    if (example.contains("movie_id")) example["movie_id"] = add_film(person);
    if (example.contains("comment_id")) example["comment_id"] = comment;
    if (path == "/api/auth/login" || path == "/api/token/") {
      example["username"] = person.username;
      example["password"] = person.password;
      example.erase("email");
    }
    if (path == "/api/token/refresh/") example["refresh"] = person.refresh;
    return example.dump();
  }
};

std::string answer_faults(const json& operation, const HttpReply& reply) {
  const std::string status = std::to_string(reply.status);
  if (!operation.at("responses").contains(status)) return status + " is not described";
  const json response = resolved(operation.at("responses").at(status));
  if (!response.contains("content"))
    return reply.body.empty() ? "" : "a body that is not described";
  const std::string type = reply.header("content-type");
  if (!response.at("content").contains(type)) return "type " + type + " is not described";
  const json headers = response.value("headers", json::object());
  for (const auto& [name, header] : headers.items()) {
    // A personal answer is not kept, so it has none.
    const bool kept = reply.header("cache-control") != "no-store";
    if (name == "ETag" && kept && reply.header("etag").empty()) return "no ETag";
    if (name == "Set-Cookie" && reply.header("set-cookie").empty()) return "no Set-Cookie";
    if (name == "Retry-After" && reply.header("retry-after").empty()) return "no Retry-After";
  }
  const json& schema = response.at("content").at(type).at("schema");
  if (type != "application/x-ndjson") return schema_faults(document(), schema, reply.json());
  std::string faults;
  for (const auto& line : lines_of(reply.body)) {
    faults += schema_faults(document(), schema, json::parse(line, nullptr, false));
  }
  return faults;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

TEST_CASE("each operation takes the document's example and answers as described") {
  REQUIRE(document().contains("paths"));
  for (const auto& [path, verbs] : document().at("paths").items()) {
    for (const auto& [verb, operation] : verbs.items()) {
      Scene scene(path);
      const std::string target = scene.target(path, operation);
      std::string body = scene.body(path, operation);
      // The scene's review is one already, and holds the rating.
      if (path == "/api/movies/{movie_id}/reviews" || path == "/api/movie/{id}/rate/") {
        scene.client.del("/api/reviews/" + std::to_string(scene.review));
      }
      CAPTURE(verb, target, body);
      auto reply = scene.client.request(upper(verb), target, body);
      const bool for_admins = path == "/api/movies/cache/clear" || path == "/api/auth/keys/rotate";
      CAPTURE(reply.body);
      CHECK(answer_faults(operation, reply) == "");
      // Tokens come by mail alone.
      const bool by_mail = path.find("/unsubscribe/") != std::string::npos;
      CHECK(reply.status / 100 == (for_admins || by_mail ? 4 : 2));
    }
  }
}

TEST_CASE("failures of each operation are described") {
  HttpClient nobody = anybody();
  for (const auto& [path, verbs] : document().at("paths").items()) {
    for (const auto& [verb, operation] : verbs.items()) {
      if (operation.at("tags").at(0) == "Gateway") continue;
      std::string target = path;
      for (auto open = target.find('{'); open != std::string::npos; open = target.find('{')) {
        target.replace(open, target.find('}') - open + 1, std::to_string(kNobody));
      }
      CAPTURE(verb, target);
      const bool with_body = verb == "post" || verb == "put" || verb == "patch";
      auto reply = nobody.request(upper(verb), target, with_body ? "{}" : "");
      CHECK(answer_faults(operation, reply) == "");
      if (!operation.contains("requestBody")) continue;
      HttpClient somebody = client_of(new_person());
      for (const char* body : {"[", "[]", "{}", R"({"rating":"x","title":7,"username":{}})"}) {
        CAPTURE(body);
        CHECK(answer_faults(operation, somebody.request(upper(verb), target, body)) == "");
      }
      auto form = somebody.request(upper(verb), target, "a=b",
                                   {{"Content-Type", "application/x-www-form-urlencoded"}});
      CHECK(form.status == 415);
      CHECK(answer_faults(operation, form) == "");
    }
  }
}

TEST_CASE("a known answer is not sent again, as described") {
  HttpClient client = anybody();
  const std::string tag = client.get("/api/movies/1").header("etag");
  auto again = client.request("GET", "/api/movies/1", "", {{"If-None-Match", tag}});
  CHECK(answer_faults(document()["paths"]["/api/movies/{id}"]["get"], again) == "");
  CHECK(again.status == 304);
}
