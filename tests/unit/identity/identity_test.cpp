#include <nlohmann/json.hpp>

#include "libs/core/ids.h"
#include "libs/identity/keys.h"
#include "tests/catch.h"

using namespace marquee;
using namespace marquee::identity;

namespace {

Claims some_claims(WallTime now) {
  Claims claims;
  claims.user_id = 17;
  claims.uid = random_uuid();
  claims.session_id = random_uuid();
  claims.role = rpc::Caller::Role::kAdmin;
  claims.subject = "17";
  claims.issued_at = now;
  claims.expires_at = now + std::chrono::hours(1);
  return claims;
}

Verifier verifier_of(const SigningKey& key) {
  return Verifier(make_jwks({public_jwk(key)}));
}

}  // namespace

TEST_CASE("A signed token verifies and gives back its claims") {
  auto now = std::chrono::system_clock::now();
  auto key = generate_signing_key();
  auto claims = some_claims(now);
  auto token = sign(claims, key);
  Claims read;
  REQUIRE(verifier_of(key).verify(token, now, read) == Verifier::Result::kValid);
  CHECK(read.user_id == 17);
  CHECK(read.uid == claims.uid);
  CHECK(read.session_id == claims.session_id);
  CHECK(read.subject == "17");
  CHECK(read.role == rpc::Caller::Role::kAdmin);
  CHECK(std::chrono::floor<std::chrono::seconds>(claims.expires_at) == read.expires_at);
  CHECK(unverified_kid(token) == key.kid);
  auto caller = caller_of(read);
  CHECK(caller.user_id == 17);
  CHECK(caller.admin());
  CHECK(caller.session_id == claims.session_id);
}

TEST_CASE("A token ends at its second") {
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto key = generate_signing_key();
  auto verifier = verifier_of(key);
  auto token = sign(some_claims(now), key);
  Claims read;
  CHECK(verifier.verify(token, now + std::chrono::minutes(59), read) == Verifier::Result::kValid);
  CHECK(verifier.verify(token, now + std::chrono::hours(1), read) == Verifier::Result::kExpired);
}

TEST_CASE("Another key, also under the same kid, does not verify") {
  auto now = std::chrono::system_clock::now();
  auto key = generate_signing_key();
  auto other = generate_signing_key();
  auto token = sign(some_claims(now), key);
  Claims read;
  CHECK(verifier_of(other).verify(token, now, read) == Verifier::Result::kUnknownKey);
  other.kid = key.kid;
  CHECK(verifier_of(other).verify(token, now, read) == Verifier::Result::kInvalid);

  // Both are known, but the token names the wrong one.
  auto third = generate_signing_key();
  Verifier both(make_jwks({public_jwk(key), public_jwk(third)}));
  SigningKey swapped{third.kid, key.private_pem};
  CHECK(both.verify(sign(some_claims(now), swapped), now, read) == Verifier::Result::kInvalid);
  CHECK(both.verify(token, now, read) == Verifier::Result::kValid);
}

TEST_CASE("A payload is plain base64, as browsers read it") {
  auto now = std::chrono::system_clock::now();
  auto key = generate_signing_key();
  for (int i = 0; i < 200; ++i) {
    auto claims = some_claims(now + std::chrono::seconds(i));
    claims.user_id = 1 + i * 7919;
    claims.subject = i % 2 == 0 ? std::to_string(i) : random_token(21);
    auto token = sign(claims, key);
    auto first = token.find('.');
    auto payload = token.substr(first + 1, token.find('.', first + 1) - first - 1);
    REQUIRE(payload.find_first_of("-_=") == std::string::npos);
    std::string text;
    REQUIRE(base64url_decode(payload, text));
    REQUIRE(nlohmann::json::parse(text)["exp"].is_number_integer());
  }
  for (const auto& subject : {"what?", "a~b", "a>b", "caf\xc3\xa9", "a\"b", "a b", "a\\b"}) {
    auto claims = some_claims(now);
    claims.subject = subject;
    CHECK_THROWS_AS(sign(claims, key), std::runtime_error);
  }
}

TEST_CASE("An unusable key is refused") {
  auto claims = some_claims(std::chrono::system_clock::now());
  CHECK_THROWS_AS(sign(claims, {"kid", "not a key"}), std::runtime_error);
  CHECK_THROWS_AS(public_jwk({"kid", "not a key"}), std::runtime_error);
}

TEST_CASE("A public key says nothing of the private one") {
  auto jwk = nlohmann::json::parse(public_jwk(generate_signing_key()));
  CHECK(jwk["kty"] == "EC");
  CHECK(jwk["crv"] == "P-256");
  CHECK(jwk["alg"] == "ES256");
  CHECK(jwk["use"] == "sig");
  CHECK(jwk["x"].get<std::string>().size() == 43);
  CHECK(jwk["y"].get<std::string>().size() == 43);
  CHECK_FALSE(jwk.contains("d"));
}

TEST_CASE("Of a key set only usable keys are taken") {
  auto key = generate_signing_key();
  auto jwk = nlohmann::json::parse(public_jwk(key));
  auto with = [&](const char* name, const nlohmann::json& value) {
    auto changed = jwk;
    changed[name] = value;
    return Verifier(make_jwks({changed.dump()})).knows(key.kid);
  };
  CHECK(with("ext", true));
  CHECK_FALSE(with("kty", "RSA"));
  CHECK_FALSE(with("crv", "P-384"));
  CHECK_FALSE(with("alg", "HS256"));
  CHECK_FALSE(with("use", "enc"));
  CHECK_FALSE(with("x", "AAAA"));
  CHECK_FALSE(with("x", jwk["y"]));  // not on the curve
  CHECK_FALSE(with("x", 7));
  CHECK_FALSE(with("kid", nullptr));
  for (const auto& text : {"", "null", "[]", "{}", "{\"keys\":{}}", "{\"keys\":"}) {
    CHECK_THROWS_AS(Verifier(text), std::invalid_argument);
  }
  CHECK_FALSE(Verifier("{\"keys\":[1,null,\"x\",{}]}").knows(""));
}
