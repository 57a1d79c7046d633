#include <limits>
#include <random>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "libs/core/ids.h"
#include "libs/identity/ec_keys.h"
#include "libs/identity/jwt.h"
#include "libs/identity/keys.h"
#include "tests/catch.h"

using namespace marquee;
using namespace marquee::identity;
using nlohmann::json;

namespace {

struct Setup {
  WallTime now = std::chrono::system_clock::now();
  SigningKey key = generate_signing_key();
  Verifier verifier{make_jwks({public_jwk(key)})};
  json payload{{"iss", kIssuer}, {"sub", "1"},     {"user_id", 1}, {"uid", "u"},
               {"sid", "s"},     {"role", "user"}, {"iat", 1},     {"exp", 4'000'000'000}};

  Verifier::Result verify(const std::string& token) const {
    Claims claims;
    return verifier.verify(token, now, claims);
  }
  // Our own key on a payload of the test's.
  std::string signed_with(const json& body) const { return jwt_sign_es256(body.dump(), key); }
  std::string unsigned_head(const json& header) const {
    return base64url_encode(header.dump()) + "." + base64url_encode(payload.dump());
  }
};

std::string hmac_sha256(const std::string& secret, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<char*>(digest), size};
}

}  // namespace

TEST_CASE("Only ES256 counts, whatever the header says") {
  Setup setup;
  REQUIRE(setup.verify(setup.signed_with(setup.payload)) == Verifier::Result::kValid);

  for (const json& algorithm : std::vector<json>{"none", "None", "", nullptr, 1, "HS256", "ES384",
                                                 "es256", json::array({"ES256"})}) {
    json header{{"alg", algorithm}, {"typ", "JWT"}, {"kid", setup.key.kid}};
    auto head = setup.unsigned_head(header);
    CHECK(setup.verify(head + ".") == Verifier::Result::kInvalid);
    CHECK(setup.verify(head + "." + base64url_encode(std::string(64, 'x'))) ==
          Verifier::Result::kInvalid);
    CHECK_FALSE(unverified_kid(head + "." + base64url_encode(std::string(64, 'x'))));
  }

  // The public key as an HMAC secret, also behind a header that names both.
  auto point = public_point(setup.key.private_pem);
  auto pem = *public_pem(point);
  auto head = setup.unsigned_head({{"alg", "HS256"}, {"kid", setup.key.kid}});
  CHECK(setup.verify(head + "." + base64url_encode(hmac_sha256(pem, head))) ==
        Verifier::Result::kInvalid);
  for (const char* twice :
       {R"({"alg":"HS256","alg":"ES256","kid":")", R"({"alg":"ES256","alg":"HS256","kid":")"}) {
    head = base64url_encode(std::string(twice) + setup.key.kid + "\"}") + "." +
           base64url_encode(setup.payload.dump());
    auto mac = hmac_sha256(pem, head);
    CHECK(setup.verify(head + "." + base64url_encode(mac)) == Verifier::Result::kInvalid);
    CHECK(setup.verify(head + "." + base64url_encode(mac + mac)) == Verifier::Result::kInvalid);
  }

  auto good = setup.signed_with(setup.payload);
  json critical{{"alg", "ES256"}, {"kid", setup.key.kid}, {"crit", json::array({"exp"})}};
  auto signature = good.substr(good.rfind('.'));
  CHECK(setup.verify(setup.unsigned_head(critical) + signature) == Verifier::Result::kInvalid);
  CHECK(setup.verify(setup.unsigned_head({{"alg", "ES256"}}) + signature) ==
        Verifier::Result::kInvalid);
}

TEST_CASE("Properly signed claims of a wrong kind are refused") {
  Setup setup;
  auto with = [&](const char* name, const json& value) {
    auto payload = setup.payload;
    payload[name] = value;
    return setup.verify(setup.signed_with(payload));
  };
  CHECK(with("extra", json::array({1, 2})) == Verifier::Result::kValid);
  CHECK(with("iss", "somebody") == Verifier::Result::kInvalid);
  CHECK(with("exp", "4000000000") == Verifier::Result::kInvalid);
  CHECK(with("exp", 1e300) == Verifier::Result::kInvalid);
  CHECK(with("exp", std::numeric_limits<std::int64_t>::max()) == Verifier::Result::kInvalid);
  CHECK(with("exp", -1) == Verifier::Result::kInvalid);
  CHECK(with("user_id", 0) == Verifier::Result::kInvalid);
  CHECK(with("user_id", -5) == Verifier::Result::kInvalid);
  CHECK(with("user_id", "1") == Verifier::Result::kInvalid);
  CHECK(with("user_id", 1.5) == Verifier::Result::kInvalid);
  CHECK(with("sid", "") == Verifier::Result::kInvalid);
  CHECK(with("sid", nullptr) == Verifier::Result::kInvalid);
  CHECK(with("role", "root") == Verifier::Result::kInvalid);
  for (auto item = setup.payload.begin(); item != setup.payload.end(); ++item) {
    auto payload = setup.payload;
    payload.erase(item.key());
    CAPTURE(item.key());
    CHECK(setup.verify(setup.signed_with(payload)) == Verifier::Result::kInvalid);
  }
}

TEST_CASE("No changed byte survives") {
  Setup setup;
  auto good = setup.signed_with(setup.payload);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (char c : {'A', 'b', '.', '=', '\0', '\n', '\xff'}) {
      auto changed = good;
      if (changed[i] == c) continue;
      changed[i] = c;
      CAPTURE(i);
      auto result = setup.verify(changed);
      // In the header, another kid may be named.
      REQUIRE((result == Verifier::Result::kInvalid || result == Verifier::Result::kUnknownKey));
    }
  }
  CHECK(setup.verify(good + "=") == Verifier::Result::kInvalid);
  CHECK(setup.verify(good + ".") == Verifier::Result::kInvalid);
  CHECK(setup.verify(good + std::string(1, '\0')) == Verifier::Result::kInvalid);
  CHECK(setup.verify(" " + good) == Verifier::Result::kInvalid);
  CHECK(setup.verify(good.substr(0, good.size() - 1)) == Verifier::Result::kInvalid);
}

TEST_CASE("Any bytes are only refused") {
  Setup setup;
  auto good = setup.signed_with(setup.payload);
  std::minstd_rand random(7);
  auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random()) % below; };
  for (int round = 0; round < 3000; ++round) {
    std::string token;
    if (round % 2 == 0) {
      token.resize(pick(300));
      for (char& c : token) c = static_cast<char>(pick(256));
    } else {
      token = good.substr(0, pick(good.size())) + good.substr(pick(good.size()));
    }
    if (token == good) continue;
    REQUIRE(setup.verify(token) != Verifier::Result::kValid);
    unverified_kid(token);
  }
  CHECK(setup.verify("") == Verifier::Result::kInvalid);
  CHECK(setup.verify("..") == Verifier::Result::kInvalid);
  CHECK(setup.verify(std::string(kTokenBytesMax + 1, 'a')) == Verifier::Result::kInvalid);
  std::string deep(2900, '[');
  CHECK(setup.verify(base64url_encode(deep) + ".e30." + base64url_encode(std::string(64, 'x'))) ==
        Verifier::Result::kInvalid);
}
