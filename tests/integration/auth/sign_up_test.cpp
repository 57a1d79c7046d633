#include <thread>

#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

namespace {

v1::RegisterRequest registration(const std::string& name) {
  v1::RegisterRequest request;
  request.set_username(name);
  request.set_email(name + "@example.com");
  request.set_password("6969");
  request.set_confirm_password("6969");
  return request;
}

v1::SignUpRequest signing_up(const std::string& name) {
  v1::SignUpRequest request;
  request.set_username(name);
  request.set_email(name + "@example.com");
  request.set_password("x");
  request.set_birth_date("1990-05-17");
  return request;
}

std::string text_for(const Error& error, const std::string& field) {
  for (const auto& each : error.fields()) {
    if (each.name == field) return each.message;
  }
  return {};
}

}  // namespace

TEST_CASE("Registering says what is wrong") {
  AuthFixture auth;
  auto& handlers = auth.service().sign_up();
  auto refusal = [&](const v1::RegisterRequest& request) {
    auto error = error_of([&] { handlers.register_user(anonymous(), request); });
    CHECK(error.code() == Code::kInvalidArgument);
    return error.message();
  };
  CHECK(handlers.register_user(anonymous(), registration("Ada")).message() ==
        "User registered successfully");
  CHECK(refusal(registration("ada")) == "Username already exists");

  auto request = registration("bob");
  request.set_email("ADA@example.com");
  CHECK(refusal(request) == "Email already exists");
  request = registration("bob");
  request.set_confirm_password("6968");
  CHECK(refusal(request) == "Passwords do not match");
  request = registration("bob");
  request.set_password("696");
  request.set_confirm_password("696");
  CHECK(refusal(request) == "Password must be at least 4 characters long");
  request = registration("bob");
  request.set_email("bob");
  CHECK(refusal(request) == "Enter a valid email address.");
  CHECK(refusal(v1::RegisterRequest()) == "Missing required field: username");
  request = registration("bob");
  request.clear_email();
  CHECK(refusal(request) == "Missing required field: email");
  request = registration("bob");
  request.set_password("");
  CHECK(refusal(request) == "Missing required field: password");
  request = registration("bob");
  request.clear_confirm_password();
  CHECK(refusal(request) == "Missing required field: confirm_password");
  request = registration("bo b");
  CHECK_FALSE(refusal(request).empty());

  // A name that is somebody's address would take away that person's way in.
  request = registration("bob");
  request.set_username("ada@example.com");
  CHECK(refusal(request) == "Username already exists");
}

TEST_CASE("Of two who register one name at once, one gets it") {
  AuthFixture auth;
  std::atomic<int> made{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto request = registration("ada");
      if (i % 2 == 0) request.set_email("other" + std::to_string(i) + "@example.com");
      try {
        auth.service().sign_up().register_user(anonymous(), request);
        ++made;
      } catch (const Error& error) {
        if (error.code() == Code::kInvalidArgument) ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(made == 1);
  CHECK(refused == 7);
}

TEST_CASE("Signing up makes an account and a session") {
  AuthFixture auth;
  auto& handlers = auth.service().sign_up();
  auto reply = handlers.sign_up(anonymous(), signing_up("ada"));
  CHECK(reply.detail() == "User created and signed in successfully.");
  auto profile = auth.accounts().get_profile(auth.call_with(reply.access_token()), Empty());
  CHECK(profile.username() == "ada");
  CHECK(profile.email() == "ada@example.com");
  CHECK(profile.birth_date() == "1990-05-17");
  CHECK_FALSE(profile.has_bio());
  CHECK_FALSE(profile.is_private());
  auth.sessions().refresh_token(anonymous(), refresh_request(reply.refresh()));
  CHECK(auth.sessions().login(anonymous(), login_request("ada@example.com", "x")).user() == "ada");
}

TEST_CASE("Signing up names every wrong field") {
  AuthFixture auth;
  auto& handlers = auth.service().sign_up();
  handlers.sign_up(anonymous(), signing_up("ada"));
  auto refusal = [&](const v1::SignUpRequest& request) {
    return error_of([&] { handlers.sign_up(anonymous(), request); });
  };
  auto error = refusal(v1::SignUpRequest());
  CHECK(error.code() == Code::kInvalidArgument);
  for (const auto& field : {"username", "email", "password", "birth_date"}) {
    CHECK(text_for(error, field) == "This field is required.");
  }
  v1::SignUpRequest blank;
  blank.set_username("");
  blank.set_email("");
  blank.set_password("");
  blank.set_birth_date("");
  error = refusal(blank);
  for (const auto& field : {"username", "email", "password"}) {
    CHECK(text_for(error, field) == "This field may not be blank.");
  }
  CHECK(text_for(error, "birth_date") ==
        "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");

  auto request = signing_up("ADA");
  error = refusal(request);
  CHECK(text_for(error, "username") == "This field must be unique.");
  CHECK(text_for(error, "email") == "This field must be unique.");
  request.set_email("nonsense");
  request.set_birth_date("17.5.1990");
  error = refusal(request);
  CHECK(text_for(error, "username") == "This field must be unique.");
  CHECK(text_for(error, "email") == "Enter a valid email address.");
  CHECK_FALSE(text_for(error, "birth_date").empty());
  CHECK(auth.count("SELECT count(*) FROM users") == 1);
}
