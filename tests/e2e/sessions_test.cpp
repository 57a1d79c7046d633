#include <functional>

#include "libs/core/ids.h"
#include "tests/catch.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr char kWrongPair[] = "Invalid email or password";
constexpr char kNotValid[] = "Given token not valid for any token type";

HttpReply log_in(HttpClient client, const json& body) {
  return client.post("/api/auth/login", body);
}

HttpReply who_am_i(HttpClient client, const std::string& token) {
  client.bearer(token);
  return client.get("/api/auth/protected");
}

HttpReply who_am_i(const std::string& token) {
  return who_am_i(anybody(), token);
}

// header, payload, signature.
std::vector<std::string> segments_of(const std::string& token) {
  auto first = token.find('.');
  auto second = token.find('.', first + 1);
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

json decoded(const std::string& segment) {
  std::string text;
  REQUIRE(marquee::base64url_decode(segment, text));
  return json::parse(text);
}

std::string encoded(const json& value) {
  return marquee::base64url_encode(value.dump());
}

void fail_five_times(const std::function<HttpClient()>& client, const Person& person) {
  for (int i = 0; i < 5; ++i) {
    auto reply = log_in(client(), {{"email", person.email}, {"password", "a wrong one"}});
    REQUIRE(error_faults(reply, 401, kWrongPair) == "");
  }
}

}  // namespace

TEST_CASE("One signs in by e-mail or username, in any case, on both surfaces") {
  Person person = new_person();
  std::string loud = person.username;
  for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const auto& [field, login] :
       std::vector<std::pair<std::string, std::string>>{{"email", person.email},
                                                        {"email", person.username},
                                                        {"email", loud + "@Example.ORG"},
                                                        {"username", person.username},
                                                        {"username", person.email},
                                                        {"username", loud}}) {
    CAPTURE(field, login);
    auto reply = log_in(anybody(), {{field, login}, {"password", person.password}});
    CHECK(message_faults(reply, 200, "Login successful") == "");
    CHECK(shape_faults(reply.json(),
                       "access_token:text refresh_token:text expires_in:int user:text "
                       "user_id:int uid:text") == "");
    CHECK(reply.json()["user"] == person.username);
    CHECK(reply.json()["user_id"] == person.id);
    CHECK(who_am_i(reply.json()["access_token"]).json()["logged_in_as"] == person.id);
    if (field != "username") continue;
    auto token =
        anybody().post("/api/token/", {{"username", login}, {"password", person.password}});
    CHECK(success_faults(token, 200) == "");
  }
  // What the Postman collection sends besides.
  json body = with_unknown_fields(registration_of(person));
  CHECK(message_faults(log_in(anybody(), body), 200, "Login successful") == "");
  CHECK(message_faults(anybody().post("/api/auth/login/", body), 200, "Login successful") == "");
}

TEST_CASE("A failed sign-in does not say what was wrong") {
  Person person = new_person();
  for (const auto& body : std::vector<json>{
           {{"email", person.email}, {"password", person.password + "x"}},
           {{"email", person.email}, {"password", ""}},
           {{"email", "nobody-" + person.email}, {"password", person.password}},
           {{"email", ""}, {"password", person.password}},
           {{"email", "' OR 1=1 --"}, {"password", "' OR 1=1 --"}},
           {{"email", std::string(5000, 'a')}, {"password", std::string(5000, 'b')}}}) {
    CAPTURE(body);
    CHECK(error_faults(log_in(anybody(), body), 401, kWrongPair) == "");
  }
  CHECK(field_faults(log_in(anybody(), {{"password", "x"}}), "email",
                     "Missing required field: email") == "");
  CHECK(field_faults(log_in(anybody(), {{"email", person.email}}), "password",
                     "Missing required field: password") == "");
  CHECK(field_faults(log_in(anybody(), json::object()), "email") == "");
  for (const auto& wrong : std::vector<json>{5, true, json::array({"x"}), json::object()}) {
    CAPTURE(wrong);
    CHECK(field_faults(log_in(anybody(), {{"email", wrong}, {"password", "x"}}), "email") == "");
    CHECK(field_faults(log_in(anybody(), {{"email", "x"}, {"password", wrong}}), "password") == "");
  }
}

TEST_CASE("Logging out ends the session at once, on every gateway, and no other session") {
  if (without_control()) return;
  SideGateway second(Suite::shared());
  Person person = new_person();
  const std::string kept = person.token;
  sign_in(person);
  CHECK(who_am_i(person.token).status == 200);
  CHECK(who_am_i(second.client(), person.token).status == 200);

  SECTION("by the gateway that is asked") {
    CHECK(message_faults(client_of(person).post("/api/auth/logout", json::object()), 200,
                         "User logged out") == "");
    CHECK(error_faults(who_am_i(person.token), 401, kNotValid) == "");
    CHECK(eventually([&] { return who_am_i(second.client(), person.token).status == 401; }));
  }
  SECTION("by another one") {
    auto client = second.client();
    client.bearer(person.token);
    CHECK(client.request("POST", "/api/auth/logout/").status == 200);
    CHECK(error_faults(who_am_i(second.client(), person.token), 401, kNotValid) == "");
    CHECK(eventually([&] { return who_am_i(person.token).status == 401; }));
  }
  CHECK(who_am_i(kept).status == 200);
  // A gateway that starts later knows as well.
  SideGateway third(Suite::shared());
  CHECK(who_am_i(third.client(), person.token).status == 401);
  CHECK(who_am_i(third.client(), kept).status == 200);
  CHECK(error_faults(client_of(person).post("/api/auth/logout", json::object()), 401) == "");
}

TEST_CASE("Logging out needs a session") {
  auto reply = anybody().post("/api/auth/logout", json::object());
  CHECK(error_faults(reply, 401, "Authentication credentials were not provided.") == "");
}

TEST_CASE("A token's payload survives a browser's atob, and carries what clients read") {
  Person person = new_person();
  auto parts = segments_of(person.token);
  CHECK(parts[1].find_first_of("-_") == std::string::npos);
  json payload = decoded(parts[1]);
  CHECK(payload["exp"].is_number_integer());
  CHECK(payload["exp"].get<std::int64_t>() - payload["iat"].get<std::int64_t>() == 3600);
  CHECK(payload["sub"] == std::to_string(person.id));
  CHECK(payload["user_id"] == person.id);
  CHECK(decoded(parts[0])["alg"] == "ES256");

  auto cookie =
      anybody().post("/api/token/", {{"username", person.username}, {"password", person.password}});
  payload = decoded(segments_of(session_cookie(cookie))[1]);
  CHECK(payload["exp"].get<std::int64_t>() - payload["iat"].get<std::int64_t>() == 36'000);
}

TEST_CASE("A token that was tampered with is none") {
  Person person = new_person();
  Person other = new_person();
  auto parts = segments_of(person.token);
  json header = decoded(parts[0]);
  json payload = decoded(parts[1]);
  auto with_header = [&](const char* name, const json& value) {
    json changed = header;
    changed[name] = value;
    return encoded(changed) + "." + parts[1] + "." + parts[2];
  };
  auto with_claim = [&](const char* name, const json& value) {
    json changed = payload;
    changed[name] = value;
    return parts[0] + "." + encoded(changed) + "." + parts[2];
  };
  json none = header;
  none["alg"] = "none";
  std::string flipped = parts[2];
  flipped[10] = flipped[10] == 'A' ? 'B' : 'A';
  for (const auto& token : std::vector<std::string>{
           "x", "a.b.c", "..", parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".",
           encoded(none) + "." + parts[1] + ".", with_header("alg", "none"),
           with_header("alg", "HS256"), with_header("kid", "another"), with_header("kid", 1),
           with_claim("role", "admin"), with_claim("user_id", other.id),
           with_claim("exp", 4'000'000'000), parts[0] + "." + parts[1] + "." + flipped,
           parts[0] + "." + segments_of(other.token)[1] + "." + parts[2], person.token + "A",
           person.token + ".A", std::string(5000, 'x')}) {
    CAPTURE(token);
    auto reply = who_am_i(token);
    CHECK(error_faults(reply, 401, kNotValid) == "");
    CHECK(reply.json()["code"] == "token_not_valid");
  }
  for (const auto* value : {"Basic eDp5", "Bearer", "Token x", "bearerx"}) {
    CAPTURE(value);
    auto reply = anybody().request("GET", "/api/auth/protected", "", {{"Authorization", value}});
    CHECK(error_faults(reply, 401) == "");
  }
  // The name of the scheme is written in any case.
  auto reply = anybody().request("GET", "/api/auth/protected", "",
                                 {{"Authorization", "bEARER " + person.token}});
  CHECK(success_faults(reply, 200) == "");
  CHECK(shape_faults(reply.json(), "logged_in_as:int username:text role:text") == "");
}

TEST_CASE("An expired token is refused by that name") {
  if (without_control()) return;
  SideAuth auth(Suite::shared(), {{"ACCESS_LIFETIME", "1s"}, {"COOKIE_LIFETIME", "1s"}});
  SideGateway gateway(Suite::shared(), {}, &auth);
  Person person = new_person();
  sign_in(person, gateway.client());
  CHECK(eventually([&] { return who_am_i(gateway.client(), person.token).status == 401; }));
  CHECK(error_faults(who_am_i(gateway.client(), person.token), 401, "Token has expired") == "");
  CHECK(error_faults(who_am_i(person.token), 401, "Token has expired") == "");
  // It locks nobody out of what needs no token.
  auto client = client_of(person);
  CHECK(client.get("/api/movies/popular").status == 200);
  CHECK(message_faults(client.post("/api/auth/login", registration_of(person)), 200,
                       "Login successful") == "");
}

TEST_CASE("Five failures in a row lock the account, and only that one") {
  Person person = new_person();
  Person other = new_person();
  fail_five_times(anybody, person);
  const json right = {{"email", person.email}, {"password", person.password}};
  for (const auto& body : {right, json{{"email", person.email}, {"password", "wrong"}}}) {
    auto reply = log_in(anybody(), body);
    CHECK(error_faults(reply, 429) == "");
    CHECK(std::atoi(reply.header("retry-after").c_str()) <= 60);
    CHECK(std::atoi(reply.header("retry-after").c_str()) > 30);
  }
  auto token =
      anybody().post("/api/token/", {{"username", person.username}, {"password", person.password}});
  CHECK(error_faults(token, 429) == "");
  // Who is signed in stays so, and others are not touched.
  CHECK(who_am_i(person.token).status == 200);
  CHECK_NOTHROW(sign_in(other));
}

TEST_CASE("A lock ends, and a success forgets the failures") {
  if (without_control()) return;
  SideAuth auth(Suite::shared(), {{"LOCKOUT_FIRST", "1s"}});
  SideGateway gateway(Suite::shared(), {}, &auth);
  Person person = new_person();
  auto client = [&] { return gateway.client(); };
  fail_five_times(client, person);
  const json right = {{"email", person.email}, {"password", person.password}};
  CHECK(eventually([&] { return log_in(client(), right).status == 200; }));
  for (int i = 0; i < 4; ++i) {
    log_in(client(), {{"email", person.email}, {"password", "wrong"}});
  }
  CHECK(log_in(client(), right).status == 200);
}
