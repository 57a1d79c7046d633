#include <set>
#include <thread>

#include "tests/catch.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr char kRefused[] = "Token is invalid or expired";

HttpReply refresh(HttpClient client, const std::string& token) {
  return client.post("/api/token/refresh/", {{"refresh", token}});
}

HttpReply refresh(const std::string& token) {
  return refresh(anybody(), token);
}

std::string successor(const HttpReply& reply) {
  return reply.status == 200 ? reply.json().value("refresh", "") : "";
}

bool is_signed_in(const std::string& access_token) {
  auto client = anybody();
  client.bearer(access_token);
  return client.get("/api/auth/protected").status == 200;
}

}  // namespace

TEST_CASE("A refresh token gives a new one, and a cookie") {
  Person person = new_person();
  auto signed_up = anybody().post("/api/user/signup/", sign_up_of(stranger()));
  auto token =
      anybody().post("/api/token/", {{"username", person.username}, {"password", person.password}});
  for (std::string current :
       {person.refresh, signed_up.json().value("refresh", ""), token.json().value("refresh", "")}) {
    REQUIRE(!current.empty());
    std::set<std::string> seen = {current};
    for (const auto* path : {"/api/token/refresh/", "/api/token/refresh"}) {
      auto reply = anybody().post(path, with_unknown_fields({{"refresh", current}}));
      REQUIRE(success_faults(reply, 200) == "");
      current = successor(reply);
      CHECK(seen.insert(current).second);
      const std::string access = session_cookie(reply);
      CHECK(is_signed_in(access));
      CHECK(reply.body.find(access) == std::string::npos);
    }
  }
}

TEST_CASE("What is no refresh token gives nothing") {
  Person person = new_person();
  for (const auto& token : {std::string("x"), person.token, std::string(5000, 'r'),
                            person.refresh + "x", std::string("' OR 1=1")}) {
    CAPTURE(token);
    auto reply = refresh(token);
    CHECK(error_faults(reply, 401, kRefused) == "");
    CHECK(reply.json()["code"] == "token_not_valid");
    CHECK(session_cookie(reply).empty());
  }
  const std::string path = "/api/token/refresh/";
  CHECK(top_field_faults(anybody().post(path, json::object()), "refresh",
                         "This field is required.") == "");
  CHECK(top_field_faults(anybody().post(path, {{"refresh", ""}}), "refresh",
                         "This field may not be blank.") == "");
  for (const auto& wrong : std::vector<json>{1, true, json::array(), json::object()}) {
    CHECK(top_field_faults(anybody().post(path, {{"refresh", wrong}}), "refresh") == "");
  }
  // A bad access token beside it does not matter: it is why one refreshes.
  auto client = anybody();
  client.bearer("a.b.c");
  client.set_header("Cookie", "access_token=a.b.c");
  CHECK(refresh(std::move(client), person.refresh).status == 200);
}

TEST_CASE("A token used twice within the grace gives the same successor") {
  Person person = new_person();
  const std::string next = successor(refresh(person.refresh));
  REQUIRE(!next.empty());
  auto again = refresh(person.refresh);
  CHECK(successor(again) == next);
  CHECK(is_signed_in(session_cookie(again)));
  // Also when the successor was used in between.
  const std::string third = successor(refresh(next));
  CHECK(successor(refresh(person.refresh)) == next);
  CHECK(successor(refresh(next)) == third);
  CHECK(is_signed_in(person.token));
}

TEST_CASE("Fifty uses of one token at once all succeed with one successor") {
  constexpr std::size_t kUses = 50;
  Person person = new_person();
  std::vector<HttpReply> replies(kUses);
  std::vector<std::thread> threads;
  for (auto& reply : replies) {
    threads.emplace_back([&] { reply = refresh(person.refresh); });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> successors;
  int good = 0;
  for (const auto& reply : replies) {
    if (success_faults(reply, 200) == "" && !session_cookie(reply).empty()) ++good;
    successors.insert(successor(reply));
  }
  CHECK(good == kUses);
  CHECK(successors.size() == 1);
  CHECK(!successor(refresh(*successors.begin())).empty());
}

TEST_CASE("A token used after the grace ends the whole session, not others") {
  if (without_control()) return;
  SideAuth auth(Suite::shared(), {{"REFRESH_GRACE", "1ms"}});
  SideGateway gateway(Suite::shared(), {}, &auth);
  Person person = new_person();
  const std::string other = person.token;
  sign_in(person, gateway.client());
  auto first = refresh(gateway.client(), person.refresh);
  const std::string next = successor(first);
  REQUIRE(!next.empty());
  HttpReply reused;
  CHECK(eventually([&] {
    reused = refresh(gateway.client(), person.refresh);
    return reused.status == 401;
  }));
  CHECK(error_faults(reused, 401, kRefused) == "");
  CHECK(error_faults(refresh(gateway.client(), next), 401, kRefused) == "");
  CHECK(error_faults(refresh(next), 401, kRefused) == "");
  for (const auto& access : {person.token, session_cookie(first)}) {
    CHECK(eventually([&] { return !is_signed_in(access); }));
  }
  CHECK(is_signed_in(other));
  CHECK_NOTHROW(sign_in(person));
}

TEST_CASE("An expired refresh token gives nothing") {
  if (without_control()) return;
  SideAuth auth(Suite::shared(), {{"ACCESS_LIFETIME", "2s"}, {"REFRESH_LIFETIME", "1s"}});
  SideGateway gateway(Suite::shared(), {}, &auth);
  Person person = new_person();
  sign_in(person, gateway.client());
  // Their ends are a second apart, less what whole seconds cut off.
  CHECK(eventually([&] { return !is_signed_in(person.token); }));
  CHECK(error_faults(refresh(person.refresh), 401, kRefused) == "");
}

TEST_CASE("A session that has ended cannot be refreshed") {
  Person person = new_person();
  auto client = client_of(person);
  SECTION("by logging out") {
    client.post("/api/auth/logout", json::object());
  }
  SECTION("by logging out with a later token of the session") {
    auto later = anybody();
    auto reply = refresh(person.refresh);
    later.set_header("Cookie", "access_token=" + session_cookie(reply));
    REQUIRE(later.post("/api/user/logout/", json::object()).status == 200);
    CHECK(error_faults(refresh(successor(reply)), 401, kRefused) == "");
    CHECK(eventually([&] { return !is_signed_in(person.token); }));
  }
  SECTION("by a new password") {
    json body = {{"password", "another one"}, {"old_password", person.password}};
    REQUIRE(client.put("/api/movies/profile", body).status == 200);
  }
  SECTION("by the end of the account") {
    REQUIRE(client.del("/api/user/delete/").status == 204);
  }
  CHECK(error_faults(refresh(person.refresh), 401, kRefused) == "");
}
