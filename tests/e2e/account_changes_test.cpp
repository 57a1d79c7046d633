#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr char kForbidden[] = "You do not have permission to perform this action.";

std::string users_path(const Person& person) {
  return "/api/users/" + std::to_string(person.id);
}

int sign_in_status(const std::string& login, const std::string& password) {
  return anybody().post("/api/auth/login", {{"email", login}, {"password", password}}).status;
}

bool is_signed_in(const std::string& token) {
  auto client = anybody();
  client.bearer(token);
  return client.get("/api/auth/protected").status == 200;
}

// Asks a service that knows no accounts, so that only the gateway can refuse.
bool gateway_takes(const std::string& token) {
  auto client = anybody();
  client.bearer(token);
  return client.get("/api/movies/watch/").status == 200;
}

// The tokens that stop working do so on their own time: their end travels over the bus.
bool soon_signed_out(const std::string& token) {
  return eventually([&] { return !is_signed_in(token) && !gateway_takes(token); });
}

}  // namespace

TEST_CASE("One changes what one likes of one's account") {
  Person person = new_person();
  struct Path {
    std::string path;
    std::string message;
  };
  for (const auto& [path, message] :
       std::vector<Path>{{users_path(person), "User updated successfully"},
                         {users_path(person) + "/", "User updated successfully"},
                         {"/api/movies/profile", "Profile updated successfully"},
                         {"/api/movies/profile/", "Profile updated successfully"},
                         {"/api/user/update/", "Profile updated successfully."},
                         {"/api/user/update", "Profile updated successfully."}}) {
    CAPTURE(path);
    auto client = client_of(person);
    person.username = unique_name("renamed");
    auto reply = client.put(path, with_unknown_fields({{"username", person.username}}));
    CHECK(message_faults(reply, 200, message) == "");
    person.email = "New." + person.username + "@example.org";
    CHECK(message_faults(client.put(path, {{"email", person.email}}), 200, message) == "");
    CHECK(message_faults(client.put(path, json::object()), 200, message) == "");
    // Another case of one's own name is nobody else's.
    person.username[0] = 'R';
    CHECK(message_faults(client.put(path, {{"username", person.username}}), 200, message) == "");
    auto own = client.get("/api/movies/profile");
    CHECK(success_faults(own, 200) == "");
    CHECK(shape_faults(own.json(), "id:int username:text email:text") == "");
    CHECK(own.json()["username"] == person.username);
    CHECK(own.json()["email"] == person.email);
    CHECK_NOTHROW(sign_in(person));
  }
}

TEST_CASE("A changed account keeps the rules of a new one") {
  Person person = new_person();
  Person taken = new_person();
  auto client = client_of(person);
  struct Case {
    std::string path;
    const char* username_taken;
    const char* email_taken;
  };
  const std::vector<Case> cases = {
      {users_path(person), "Username already taken", "Email already taken"},
      {"/api/movies/profile", "Username already taken", "Email already taken"},
      {"/api/user/update/", "A user with that username already exists.",
       "user with this email already exists."}};
  for (const auto& [path, username_taken, email_taken] : cases) {
    CAPTURE(path);
    auto refused = client.put(path, {{"username", taken.username}});
    CHECK(field_faults(refused, "username", username_taken) == "");
    CHECK(refused.json()["message"] == username_taken);
    refused = client.put(path, {{"email", taken.email}});
    CHECK(field_faults(refused, "email", email_taken) == "");
    CHECK(refused.json()["message"] == email_taken);
    for (const auto& [field, value] :
         std::vector<std::pair<std::string, json>>{{"username", ""},
                                                   {"username", "two words"},
                                                   {"username", std::string(151, 'u')},
                                                   {"username", 5},
                                                   {"email", ""},
                                                   {"email", "nobody"},
                                                   {"email", json::array()},
                                                   {"password", ""},
                                                   {"password", std::string(129, 'p')},
                                                   {"password", json::object()}}) {
      CAPTURE(field, value);
      json body = {{field, value}, {"old_password", person.password}};
      CHECK(field_faults(client.put(path, body), field) == "");
    }
    CHECK(error_faults(anybody().put(path, {{"username", "x"}}), 401) == "");
  }
  auto two = client.put("/api/user/update/", {{"username", taken.username}, {"email", ""}});
  CHECK(top_field_faults(two, "email", "This field may not be blank.") == "");
  two = client.put("/api/user/update/", {{"username", taken.username}, {"email", taken.email}});
  CHECK(top_field_faults(two, "username") == "");
  CHECK(top_field_faults(two, "email") == "");
  CHECK(client.get("/api/movies/profile").json()["username"] == person.username);
}

TEST_CASE("A new password needs the old one, and ends the sessions of others") {
  Person person = new_person();
  const std::string elsewhere = person.token;
  sign_in(person);
  const std::string old = person.password;
  struct Case {
    std::string path;
    bool keeps_own;
    const char* message;
  };
  for (const auto& [path, keeps_own, message] : std::vector<Case>{
           {users_path(person), true, "User updated successfully"},
           {"/api/movies/profile", false, "Password updated successfully. Please log-in again"}}) {
    CAPTURE(path);
    auto client = client_of(person);
    for (const auto& body :
         std::vector<json>{{{"password", "another one"}},
                           {{"password", "another one"}, {"old_password", "a guess"}},
                           {{"password", "another one"}, {"old_password", nullptr}}}) {
      auto reply = client.put(path, body);
      CHECK(error_faults(reply, 400, "Old password is incorrect") == "");
    }
    const std::string other = elsewhere;
    const std::string next = unique_name("password");
    auto reply = client.put(path, {{"password", next}, {"old_password", person.password}});
    CHECK(message_faults(reply, 200, message) == "");
    CHECK(soon_signed_out(other));
    if (!keeps_own) CHECK(soon_signed_out(person.token));
    CHECK(is_signed_in(person.token) == keeps_own);
    CHECK(sign_in_status(person.email, person.password) == 401);
    person.password = next;
    CHECK_NOTHROW(sign_in(person));
  }
  CHECK(sign_in_status(person.email, old) == 401);
}

TEST_CASE("MovieConnect's profile takes any subset, its password without the old one") {
  Person person = new_person();
  const std::string elsewhere = person.token;
  sign_in(person);
  auto client = client_of(person);
  auto update = [&](const json& body) { return client.put("/api/user/update/", body); };
  auto profile = [&] { return client.get("/api/user/profile/").json(); };
  CHECK(update({{"bio", "Loves long films."}, {"is_private", true}}).status == 200);
  CHECK(profile()["bio"] == "Loves long films.");
  CHECK(profile()["is_private"] == true);
  CHECK(update({{"is_private", false}}).status == 200);
  CHECK(profile()["bio"] == "Loves long films.");
  CHECK(profile()["is_private"] == false);
  CHECK(update({{"bio", ""}}).status == 200);
  CHECK(shape_faults(profile(), kOwnProfileShape) == "");

  CHECK(top_field_faults(update({{"bio", std::string(2001, 'b')}}), "bio") == "");
  CHECK(top_field_faults(update({{"bio", 1}}), "bio") == "");
  CHECK(top_field_faults(update({{"is_private", "perhaps"}}), "is_private") == "");
  CHECK(top_field_faults(update({{"is_private", 2}}), "is_private") == "");
  CHECK(update({{"bio", std::string(2000, 'b')}}).status == 200);

  person.password = "p";
  CHECK(update({{"password", "p"}}).status == 200);
  CHECK(soon_signed_out(elsewhere));
  CHECK(is_signed_in(person.token));
  CHECK_NOTHROW(sign_in(person));
}

TEST_CASE("Nobody changes or deletes another's account, but admins do") {
  Person person = new_person();
  auto stranger_client = client_of(new_person());
  CHECK(error_faults(stranger_client.put(users_path(person), {{"username", "mine"}}), 403,
                     kForbidden) == "");
  CHECK(error_faults(stranger_client.put(users_path(person), json::object()), 403) == "");
  CHECK(error_faults(stranger_client.del(users_path(person)), 403, kForbidden) == "");
  const std::string nobody = "/api/users/" + std::to_string(kNobody);
  CHECK(error_faults(stranger_client.del(nobody), 403) == "");
  CHECK(error_faults(anybody().del(users_path(person)), 401) == "");
  CHECK(is_signed_in(person.token));

  if (without_control()) return;
  auto admin = client_of(new_admin());
  const std::string name = unique_name("by_admin");
  CHECK(message_faults(admin.put(users_path(person), {{"username", name}}), 200,
                       "User updated successfully") == "");
  auto seen = admin.get(users_path(person)).json();
  CHECK(seen["username"] == name);
  CHECK(seen["email"] == person.email);
  CHECK(message_faults(admin.put(users_path(person), {{"password", "set by admin"}}), 200,
                       "User updated successfully") == "");
  CHECK(soon_signed_out(person.token));
  CHECK(sign_in_status(person.email, "set by admin") == 200);
  CHECK(error_faults(admin.put(nobody, {{"username", "x"}}), 404, "User not found") == "");
  CHECK(error_faults(admin.del(nobody), 404, "User not found") == "");
  CHECK(message_faults(admin.del(users_path(person)), 200, "User deleted successfully") == "");
  CHECK(error_faults(admin.get(users_path(person)), 404, "User not found") == "");
  CHECK(sign_in_status(person.email, "set by admin") == 401);
}

TEST_CASE("A deleted account is gone, and its tokens with it") {
  for (const auto& [path, message] : std::vector<std::pair<std::string, std::string>>{
           {"/api/users/", "User deleted successfully"},
           {"/api/movies/profile", "Account and associated reviews deleted successfully"},
           {"/api/movies/profile/", "Account and associated reviews deleted successfully"}}) {
    CAPTURE(path);
    Person person = new_person();
    Person witness = new_person();
    const std::string first = person.token;
    sign_in(person);
    auto client = client_of(person);
    // The Postman collection sends a body.
    auto reply = client.request("DELETE", path == "/api/users/" ? users_path(person) : path,
                                R"({"username": "ignored", "password": 5})");
    CHECK(message_faults(reply, 200, message) == "");
    CHECK(soon_signed_out(person.token));
    CHECK(soon_signed_out(first));
    CHECK(error_faults(client.get("/api/movies/profile"), 401) == "");
    CHECK(error_faults(client.post("/api/movies", film()), 401) == "");
    CHECK(sign_in_status(person.email, person.password) == 401);
    CHECK(error_faults(anybody().post("/api/token/refresh/", {{"refresh", person.refresh}}), 401) ==
          "");
    CHECK(error_faults(client_of(witness).get(users_path(person)), 404, "User not found") == "");
    CHECK(anybody().post("/api/auth/register", registration_of(person)).status == 201);
  }
  for (const auto* method : {"GET", "PUT", "DELETE"}) {
    CHECK(error_faults(anybody().request(method, "/api/movies/profile", "{}"), 401) == "");
  }
}
