#include <algorithm>
#include <functional>

#include "libs/core/ids.h"
#include "tests/catch.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr char kJwks[] = "/.well-known/jwks.json";
constexpr char kRotate[] = "/api/auth/keys/rotate";

std::string kid_of(const std::string& token) {
  std::string text;
  REQUIRE(marquee::base64url_decode(token.substr(0, token.find('.')), text));
  return json::parse(text).value("kid", "");
}

bool offers(HttpClient client, const std::string& kid) {
  auto keys = client.get(kJwks).json()["keys"];
  return std::any_of(keys.begin(), keys.end(), [&](const json& key) { return key["kid"] == kid; });
}

int protected_status(HttpClient client, const std::string& token) {
  client.bearer(token);
  return client.get("/api/auth/protected").status;
}

}  // namespace

TEST_CASE("The keys of access tokens are public, their secrets are not") {
  Person person = new_person();
  auto reply = anybody().get(kJwks);
  CHECK(success_faults(reply, 200) == "");
  CHECK(!reply.header("etag").empty());
  auto keys = reply.json()["keys"];
  REQUIRE(!keys.empty());
  for (const auto& key : keys) {
    CHECK(shape_faults(key, "kty:text crv:text x:text y:text kid:text alg:text use:text") == "");
    CHECK(key["kty"] == "EC");
    CHECK(key["crv"] == "P-256");
    CHECK(key["alg"] == "ES256");
    CHECK(key["use"] == "sig");
    CHECK(!key.contains("d"));
  }
  CHECK(offers(anybody(), kid_of(person.token)));
}

TEST_CASE("Only admins rotate keys") {
  for (const auto* path : {kRotate, "/api/auth/keys/rotate/"}) {
    CHECK(error_faults(anybody().post(path, json::object()), 401) == "");
    CHECK(error_faults(client_of(new_person()).post(path, json::object()), 403,
                       "You do not have permission to perform this action.") == "");
    CHECK(error_faults(anybody().get(path), 405) == "");
  }
}

TEST_CASE("A new key signs from now on, everywhere, and old tokens stay good") {
  if (without_control()) return;
  SideGateway second(Suite::shared());
  Person admin = new_admin();
  Person person = new_person();
  const std::string old_kid = kid_of(person.token);
  auto rotated = client_of(admin).post(kRotate, json::object());
  REQUIRE(success_faults(rotated, 201) == "");
  const std::string kid = rotated.json().value("kid", "");
  CHECK(!kid.empty());
  CHECK(kid != old_kid);

  const std::string old_token = person.token;
  sign_in(person);
  CHECK(kid_of(person.token) == kid);
  for (const auto& client : {std::function<HttpClient()>(anybody),
                             std::function<HttpClient()>([&] { return second.client(); })}) {
    CHECK(protected_status(client(), person.token) == 200);
    CHECK(protected_status(client(), old_token) == 200);
    CHECK(protected_status(client(), admin.token) == 200);
    CHECK(eventually([&] { return offers(client(), kid); }));
    CHECK(offers(client(), old_kid));
  }
  // The gateway that was asked knows at once.
  rotated = client_of(admin).post(kRotate, json::object());
  REQUIRE(rotated.status == 201);
  CHECK(offers(anybody(), rotated.json().value("kid", "")));
}

TEST_CASE("The administrator's role shows at the next sign-in, and not before") {
  if (without_control()) return;
  Person person = new_person();
  const std::string before = person.token;
  REQUIRE(Suite::shared().command("user", {"grant-admin", person.username}) == 0);
  sign_in(person);
  auto role = [](const std::string& token) {
    auto client = anybody();
    client.bearer(token);
    return client.get("/api/auth/protected").json()["role"];
  };
  CHECK(role(before) == "user");
  CHECK(role(person.token) == "admin");
  CHECK(client_of(person).del("/api/movies/cache/clear").status == 200);
  std::string output;
  CHECK(Suite::shared().command("user", {"grant-admin", "no-such-user"}, &output) != 0);
  CHECK(output.find("no-such-user") != std::string::npos);
}
