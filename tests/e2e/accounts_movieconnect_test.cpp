#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;

namespace {

constexpr char kRequired[] = "This field is required.";
constexpr char kBlank[] = "This field may not be blank.";
constexpr char kDate[] = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";

HttpReply sign_up(const json& body) {
  return anybody().post("/api/user/signup/", body);
}

json with(json body, const std::string& field, const json& value) {
  body[field] = value;
  return body;
}

json pair_of(const Person& person) {
  return {{"username", person.username}, {"password", person.password}};
}

// Of the header that sets the session cookie, in lower case and with ";" at the end.
std::string cookie_attributes(const HttpReply& reply) {
  std::string found;
  for (const auto& value : reply.header_values("set-cookie")) {
    if (value.rfind("access_token=", 0) == 0) found = value.substr(value.find(';')) + ";";
  }
  for (char& c : found) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return found;
}

// Whether the answer sets a cookie as the contract says, and keeps the token out of its body.
std::string session_faults(const HttpReply& reply) {
  const std::string token = session_cookie(reply);
  if (token.empty()) return "no cookie in: " + reply.body;
  if (reply.body.find(token) != std::string::npos) return "the token is in the body";
  const std::string attributes = cookie_attributes(reply);
  for (const char* part : {"; path=/;", "; httponly;", "; samesite=lax;", "; max-age=36000;"}) {
    if (attributes.find(part) == std::string::npos) return part + (" not in" + attributes);
  }
  if (attributes.find("secure") != std::string::npos) return "Secure in" + attributes;
  if (attributes.find("domain") != std::string::npos) return "Domain in" + attributes;
  return shape_faults(reply.json(), "refresh:text");
}

bool clears_cookie(const HttpReply& reply) {
  const std::string attributes = cookie_attributes(reply);
  return session_cookie(reply).empty() && attributes.find("; max-age=0;") != std::string::npos &&
         attributes.find("; path=/;") != std::string::npos &&
         attributes.find("expires=thu, 01 jan 1970") != std::string::npos;
}

}  // namespace

TEST_CASE("Signing up signs in, by a cookie") {
  for (const auto* path : {"/api/user/signup/", "/api/user/signup"}) {
    Person person = stranger();
    auto client = anybody();
    client.keep_cookies();
    auto reply = client.post(path, with_unknown_fields(sign_up_of(person)));
    CHECK(success_faults(reply, 201) == "");
    CHECK(reply.json()["detail"] == "User created and signed in successfully.");
    CHECK(session_faults(reply) == "");
    auto profile = client.get("/api/user/profile/");
    CHECK(success_faults(profile, 200) == "");
    CHECK(shape_faults(profile.json(), kOwnProfileShape) == "");
    CHECK(profile.json()["username"] == person.username);
    CHECK(profile.json()["email"] == person.email);
    CHECK(profile.json()["birth_date"] == "1990-05-17");
    CHECK(profile.json()["is_private"] == false);
    CHECK(profile.json()["bio"].is_null());
    CHECK(client.get("/api/user/profile").json() == profile.json());
    // The account is everybody's.
    CHECK_NOTHROW(sign_in(person));
  }
}

TEST_CASE("Signing up blames every field, at the top of the answer") {
  auto nothing = sign_up(json::object());
  for (const auto* field : {"username", "email", "password", "birth_date"}) {
    CHECK(top_field_faults(nothing, field, kRequired) == "");
  }
  // What the contract's simple client sends.
  auto simple = sign_up(pair_of(stranger()));
  CHECK(top_field_faults(simple, "email", kRequired) == "");
  CHECK(simple.json().contains("username") == false);

  Person taken = new_person();
  const json good = sign_up_of(stranger());
  struct Case {
    const char* field;
    json value;
    const char* text;
  };
  for (const auto& [field, value, text] :
       std::vector<Case>{{"username", "", kBlank},
                         {"email", "", kBlank},
                         {"password", "", kBlank},
                         {"username", taken.username, "This field must be unique."},
                         {"email", taken.email, "This field must be unique."},
                         {"email", "nobody", "Enter a valid email address."},
                         {"birth_date", "17.05.1990", kDate},
                         {"birth_date", "1990-02-30", kDate},
                         {"birth_date", "1990-13-01", kDate},
                         {"birth_date", "", ""},
                         {"birth_date", 19900517, ""},
                         {"username", nullptr, ""},
                         {"username", "two words", ""},
                         {"username", std::string(151, 'u'), ""},
                         {"username", json::array({"x"}), ""},
                         {"password", 1234, ""},
                         {"password", std::string(129, 'p'), ""}}) {
    CAPTURE(field, value);
    CHECK(top_field_faults(sign_up(with(good, field, value)), field, text) == "");
  }
  auto two = sign_up(with(with(good, "email", "x"), "birth_date", "y"));
  CHECK(top_field_faults(two, "email", "Enter a valid email address.") == "");
  CHECK(top_field_faults(two, "birth_date", kDate) == "");
  CHECK(sign_up(with(good, "password", "p")).status == 201);
}

TEST_CASE("A cookie nobody can use locks no browser out of public paths") {
  auto client = anybody();
  client.set_header("Cookie", "access_token=a.b.c; other=1");
  CHECK(success_faults(client.post("/api/user/signup/", sign_up_of(stranger())), 201) == "");
  Person person = new_person();
  CHECK(success_faults(client.post("/api/token/", pair_of(person)), 200) == "");
  auto movie = add_film(person);
  CHECK(success_faults(client.get(detail_path(movie)), 200) == "");
  CHECK(success_faults(client.get(detail_path(movie, "/comments/")), 200) == "");
  CHECK(error_faults(client.get("/api/user/profile/"), 401,
                     "Given token not valid for any token type") == "");
}

TEST_CASE("A token is a cookie and a refresh token") {
  Person person = new_person();
  for (const auto* path : {"/api/token/", "/api/token"}) {
    auto reply = anybody().post(path, with_unknown_fields(pair_of(person)));
    CHECK(success_faults(reply, 200) == "");
    CHECK(session_faults(reply) == "");
  }
  auto token = session_cookie(anybody().post("/api/token/", pair_of(person)));
  auto bearer = anybody();
  bearer.bearer(token);
  CHECK(bearer.get("/api/user/profile/").json()["id"] == person.id);

  const std::string refused = "No active account found with the given credentials";
  for (const auto& body : std::vector<json>{
           {{"username", person.username}, {"password", "wrong"}},
           {{"username", "nobody" + person.username}, {"password", person.password}}}) {
    auto reply = anybody().post("/api/token/", body);
    CHECK(error_faults(reply, 401, refused) == "");
    CHECK(session_cookie(reply).empty());
  }
  auto empty = anybody().post("/api/token/", json::object());
  CHECK(top_field_faults(empty, "username", kRequired) == "");
  CHECK(top_field_faults(empty, "password", kRequired) == "");
  auto blank = anybody().post("/api/token/", {{"username", ""}, {"password", ""}});
  CHECK(top_field_faults(blank, "username", kBlank) == "");
  CHECK(top_field_faults(blank, "password", kBlank) == "");
  CHECK(top_field_faults(anybody().post("/api/token/", {{"username", 1}, {"password", "x"}}),
                         "username") == "");
}

TEST_CASE("Logging out clears the cookie and ends the session") {
  Person person = new_person();
  for (const auto* path : {"/api/user/logout/", "/api/user/logout"}) {
    for (const auto* body : {"{}", ""}) {
      auto token = session_cookie(anybody().post("/api/token/", pair_of(person)));
      auto client = anybody();
      client.set_header("Cookie", "access_token=" + token);
      auto reply = client.request("POST", path, body);
      CHECK(success_faults(reply, 200) == "");
      CHECK(reply.json()["detail"] == "Successfully logged out.");
      CHECK(clears_cookie(reply));
      CHECK(error_faults(client.get("/api/user/profile/"), 401) == "");
      // A browser whose session is gone already loses its cookie as well.
      auto again = client.request("POST", path, body);
      CHECK(error_faults(again, 401) == "");
      CHECK(clears_cookie(again));
    }
  }
  CHECK(error_faults(anybody().post("/api/user/logout/", json::object()), 401,
                     "Authentication credentials were not provided.") == "");
}

TEST_CASE("Deleting the account clears the cookie, and frees the name") {
  for (const auto* path : {"/api/user/delete/", "/api/user/delete"}) {
    Person person = new_person();
    auto client = client_of(person);
    auto reply = client.del(path);
    CHECK(no_content_faults(reply) == "");
    CHECK(clears_cookie(reply));
    CHECK(error_faults(client.get("/api/user/profile/"), 401) == "");
    CHECK(error_faults(client.del(path), 401) == "");
    CHECK(error_faults(anybody().post("/api/token/", pair_of(person)), 401) == "");
    CHECK(success_faults(sign_up(sign_up_of(person)), 201) == "");
  }
  CHECK(error_faults(anybody().del("/api/user/delete/"), 401) == "");
}

TEST_CASE("Users are found by a part of their name, in any case, oneself included") {
  Person person = new_person();
  auto client = client_of(person);
  const std::string part = person.username.substr(person.username.find('_'));
  std::string loud = part;
  for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const auto& text : {part, loud, person.username}) {
    for (const auto* path : {"/api/user/search/?username=", "/api/user/search?username="}) {
      auto reply = client.get(path + text);
      CHECK(success_faults(reply, 200) == "");
      CHECK(shapes_faults(reply.json(), "id:int username:text") == "");
      auto found = reply.json();
      CHECK(std::any_of(found.begin(), found.end(),
                        [&](const json& user) { return user["id"] == person.id; }));
    }
  }
  // Neither a pattern nor a way out of the statement.
  for (const auto* text : {"%25%25", "no%25one", "'--", "%5C", "*"}) {
    CAPTURE(text);
    CHECK(client.get(std::string("/api/user/search/?username=") + text).json() == json::array());
  }
  for (const auto* query : {"", "?username=", "?name=x"}) {
    CHECK(error_faults(client.get(std::string("/api/user/search/") + query), 400,
                       "No search query provided.") == "");
  }
  CHECK(error_faults(anybody().get("/api/user/search/?username=a"), 401) == "");
}

TEST_CASE("The profile is for who is signed in") {
  CHECK(error_faults(anybody().get("/api/user/profile/"), 401,
                     "Authentication credentials were not provided.") == "");
  CHECK(error_faults(anybody().put("/api/user/update/", json::object()), 401) == "");
}
