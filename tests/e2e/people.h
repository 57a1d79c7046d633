// People who use the suite under test: each call makes a new one with a name of its own.
#pragma once

#include <cstdint>
#include <string>

#include "libs/testing/http_client.h"
#include "tests/e2e/answers.h"
#include "tests/e2e/suite.h"

namespace marquee::e2e {

// `prefix` and something that no other call of any test run returns: [a-z0-9_].
std::string unique_name(const std::string& prefix);

struct Person {
  std::string username;
  std::string email;
  std::string password;
  std::int64_t id = 0;
  std::string token;    // of the last signing in by sign_in()
  std::string refresh;  // likewise
};

// Without an account yet.
Person stranger();
// The body of POST /api/auth/register, and of POST /api/user/signup/.
json registration_of(const Person& person);
json sign_up_of(const Person& person);

// An account made and signed in by POST /api/auth/register and /api/auth/login.
Person new_person(const Suite& suite = Suite::shared());
// The same, with the ADMIN role. Needs control over the suite.
Person new_admin(const Suite& suite = Suite::shared());
// POST /api/auth/login: renews token and refresh.
void sign_in(Person& person, HttpClient client);
void sign_in(Person& person);

HttpClient anybody();
HttpClient client_of(const Person& person);
// Signed in by POST /api/token/, with the cookie and without a bearer token.
HttpClient browser_of(const Person& person);

// The value of the session cookie that an answer sets, or "".
std::string session_cookie(const HttpReply& reply);

}  // namespace marquee::e2e
