#include "services/auth/passwords.h"
#include "services/auth/sealing.h"
#include "tests/catch.h"

using namespace marquee::auth;

namespace {

PasswordConfig cheap() {
  PasswordConfig config;
  config.memory_kib = 1024;
  config.passes = 1;
  return config;
}

constexpr char kPurpose[] = "tests of the sealing";

}  // namespace

TEST_CASE("A password matches its own hash alone") {
  Passwords passwords(cheap());
  auto hash = passwords.hash("correct horse");
  CHECK(hash.rfind("$argon2id$", 0) == 0);
  CHECK(passwords.matches(hash, "correct horse"));
  CHECK_FALSE(passwords.matches(hash, "correct horse "));
  CHECK_FALSE(passwords.matches(hash, ""));
  CHECK_FALSE(passwords.matches("not a hash", "correct horse"));
  CHECK_FALSE(passwords.matches(passwords.hash(std::string("a\0b", 3)), std::string("a\0c", 3)));
  CHECK(passwords.hash("correct horse") != hash);
}

TEST_CASE("Hashes made with other parameters are outdated") {
  Passwords before(cheap());
  auto hash = before.hash("x");
  CHECK_FALSE(before.outdated(hash));
  auto config = cheap();
  config.passes = 2;
  Passwords after(config);
  CHECK(after.outdated(hash));
  CHECK(after.matches(hash, "x"));
}

TEST_CASE("What is sealed opens with its secret and purpose alone") {
  auto sealed = seal("the text", "secret", kPurpose);
  CHECK(unseal(sealed, "secret", kPurpose) == "the text");
  CHECK(sealed.find("the text") == std::string::npos);
  CHECK(seal("the text", "secret", kPurpose) != sealed);
  CHECK_FALSE(unseal(sealed, "Secret", kPurpose));
  CHECK_FALSE(unseal(sealed, "secret", "another purpose here"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(unseal(changed, "secret", kPurpose));
    CHECK_FALSE(unseal(sealed.substr(0, i), "secret", kPurpose));
  }
}

TEST_CASE("A token's hash is stable and its own") {
  CHECK(token_hash("a") == token_hash("a"));
  CHECK(token_hash("a") != token_hash("b"));
  CHECK(token_hash("").size() == 32);
}
