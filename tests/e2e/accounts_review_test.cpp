#include <set>
#include <thread>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;

namespace {

HttpReply register_as(const json& body) {
  return anybody().post("/api/auth/register", body);
}

json with(json body, const std::string& field, const json& value) {
  body[field] = value;
  return body;
}

json without(json body, const std::string& field) {
  body.erase(field);
  return body;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string users_path(const Person& person) {
  return "/api/users/" + std::to_string(person.id);
}

}  // namespace

TEST_CASE("Registering makes an account that signs in on every surface at once") {
  for (const auto* path : {"/api/auth/register", "/api/auth/register/"}) {
    Person person = stranger();
    auto reply = anybody().post(path, with_unknown_fields(registration_of(person)));
    CHECK(message_faults(reply, 201, "User registered successfully") == "");
    sign_in(person);
    CHECK(person.id > 0);
    auto profile = browser_of(person).get("/api/user/profile/").json();
    CHECK(shape_faults(profile, kOwnProfileShape) == "");
    CHECK(profile["id"] == person.id);
    CHECK(profile["birth_date"].is_null());
  }
}

TEST_CASE("Registering says what is missing or wrong") {
  Person taken = new_person();
  const json good = registration_of(stranger());
  for (const auto* field : {"username", "email", "password", "confirm_password"}) {
    CAPTURE(field);
    const std::string text = "Missing required field: " + std::string(field);
    for (const auto& body :
         {without(good, field), with(good, field, ""), with(good, field, nullptr)}) {
      auto reply = register_as(body);
      CHECK(field_faults(reply, field, text) == "");
      CHECK(reply.json()["message"] == text);
    }
    for (const auto& wrong : std::vector<json>{7, true, json::array(), json::object()}) {
      CHECK(field_faults(register_as(with(good, field, wrong)), field) == "");
    }
  }
  struct Case {
    const char* field;
    std::string value;
    const char* message;
  };
  for (const auto& [field, value, message] :
       std::vector<Case>{{"confirm_password", "another", "Passwords do not match"},
                         {"username", taken.username, "Username already exists"},
                         {"username", upper(taken.username), "Username already exists"},
                         {"email", taken.email, "Email already exists"},
                         {"email", upper(taken.email), "Email already exists"},
                         {"username", std::string(151, 'u'), ""},
                         {"username", "two words", ""},
                         {"username", "<script>", ""},
                         {"email", "no-at-sign", ""},
                         {"email", "a@b@example.org", ""},
                         {"email", "a@example", ""},
                         {"email", "a b@example.org", ""},
                         {"email", std::string(300, 'e') + "@example.org", ""}}) {
    CAPTURE(field, value);
    auto reply = register_as(with(good, field, value));
    CHECK(field_faults(reply, field, message) == "");
    if (*message != '\0') CHECK(reply.json()["message"] == message);
  }
  for (const auto& password : {std::string("123"), std::string(129, 'p')}) {
    auto body = with(with(good, "password", password), "confirm_password", password);
    CHECK(field_faults(register_as(body), "password") == "");
  }
  // Nothing of all that made an account.
  CHECK(register_as(good).status == 201);
}

TEST_CASE("The passwords that the Postman collection uses are long enough") {
  for (const auto* password : {"6969", "69699", "696990"}) {
    Person person = stranger();
    person.password = password;
    CHECK(register_as(registration_of(person)).status == 201);
    CHECK_NOTHROW(sign_in(person));
  }
}

TEST_CASE("Names and e-mail addresses of other scripts are names too") {
  Person person = stranger();
  person.username = "Zoë_Пётр_" + unique_name("名");
  person.password = "pässwörd ✓";
  CHECK(register_as(registration_of(person)).status == 201);
  sign_in(person);
  CHECK(client_of(person).get(users_path(person)).json()["username"] == person.username);
}

TEST_CASE("Of many who register one name at once, one gets it") {
  constexpr int kRivals = 16;
  const std::string name = unique_name("rival");
  std::vector<HttpReply> replies(kRivals);
  std::vector<std::thread> threads;
  for (int i = 0; i < kRivals; ++i) {
    threads.emplace_back([&, i] {
      Person person = stranger();
      person.username = i % 2 == 0 ? name : upper(name);
      replies[static_cast<std::size_t>(i)] = register_as(registration_of(person));
    });
  }
  for (auto& thread : threads) thread.join();
  int made = 0;
  for (const auto& reply : replies) {
    if (reply.status == 201) {
      ++made;
    } else {
      CHECK(field_faults(reply, "username", "Username already exists") == "");
    }
  }
  CHECK(made == 1);
}

TEST_CASE("A user sees others without their e-mail address") {
  Person person = new_person();
  Person other = new_person();
  auto client = client_of(person);
  for (const auto& slash : {"", "/"}) {
    auto own = client.get(users_path(person) + slash);
    CHECK(success_faults(own, 200) == "");
    CHECK(shape_faults(own.json(), "id:int username:text email:text") == "");
    CHECK(own.json()["email"] == person.email);
  }
  auto foreign = client.get(users_path(other));
  CHECK(success_faults(foreign, 200) == "");
  CHECK(foreign.json()["username"] == other.username);
  CHECK(foreign.body.find(other.email) == std::string::npos);
  CHECK(error_faults(client.get("/api/users/" + std::to_string(kNobody)), 404, "User not found") ==
        "");
  for (const auto* id : {"0", "-1"}) {
    CAPTURE(id);
    CHECK(error_faults(client.get(std::string("/api/users/") + id), 404, "User not found") == "");
  }
  for (const auto* id : {"me", "1.5", "1x", "99999999999999999999"}) {
    CAPTURE(id);
    CHECK(error_faults(client.get(std::string("/api/users/") + id), 404) == "");
  }
  CHECK(error_faults(anybody().get(users_path(person)), 401) == "");
}

TEST_CASE("Users are listed in pages, for who is signed in") {
  Person person = new_person();
  for (int i = 0; i < 3; ++i) new_person();
  auto client = client_of(person);
  auto all = client.get("/api/users");
  CHECK(success_faults(all, 200) == "");
  CHECK(shapes_faults(all.json(), "id:int username:text") == "");
  CHECK(all.json().size() <= 20);
  CHECK(all.body.find("@example.org") == std::string::npos);
  CHECK(client.get("/api/users/").json() == all.json());

  std::set<std::int64_t> seen;
  std::string path = "/api/users?limit=2";
  for (int page = 1; page <= 2; ++page) {
    auto reply = client.get(path);
    REQUIRE(success_faults(reply, 200) == "");
    REQUIRE(reply.json().size() == 2);
    for (const auto& user : reply.json()) CHECK(seen.insert(user["id"].get<std::int64_t>()).second);
    auto numbered = client.get("/api/users?limit=2&page=" + std::to_string(page));
    CHECK(numbered.json() == reply.json());
    const std::string link = reply.header("link");
    REQUIRE(link.rfind("</api/users?", 0) == 0);
    REQUIRE(link.find("rel=\"next\"") != std::string::npos);
    path = link.substr(1, link.find('>') - 1);
  }
  CHECK(client.get("/api/users?limit=100000").json().size() <= 100);
  CHECK(client.get("/api/users?page=99999").json() == json::array());
  CHECK(client.get("/api/users?page=99999").header("link") == "");
  for (const auto* query : {"limit=x", "page=1.5", "limit=99999999999", "page=true"}) {
    CAPTURE(query);
    CHECK(error_faults(client.get(std::string("/api/users?") + query), 400) == "");
  }
  CHECK(field_faults(client.get("/api/users?cursor=!"), "cursor") == "");
  CHECK(error_faults(anybody().get("/api/users"), 401) == "");
}

TEST_CASE("Protected tells who is signed in, by either token") {
  Person person = new_person();
  for (const auto* path : {"/api/auth/protected", "/api/auth/protected/"}) {
    auto reply = client_of(person).get(path);
    CHECK(success_faults(reply, 200) == "");
    CHECK(reply.json()["logged_in_as"] == person.id);
    CHECK(browser_of(person).get(path).json()["logged_in_as"] == person.id);
    CHECK(error_faults(anybody().get(path), 401) == "");
  }
}
