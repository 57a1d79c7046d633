#include "libs/identity/keys.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "libs/core/ids.h"
#include "libs/identity/ec_keys.h"
#include "libs/identity/jwt.h"

namespace marquee::identity {
namespace {

constexpr std::size_t kKidBytes = 12;

std::int64_t seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// In ASCII text only '>', '?', '~' and DEL can become '-' or '_' in base64url.
const std::string& plain(const std::string& claim) {
  bool fits = std::all_of(claim.begin(), claim.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7e && c != '>' && c != '?' && c != '"' && c != '\\';
  });
  if (!fits) throw std::runtime_error("a claim has characters that tokens do not carry");
  return claim;
}

}  // namespace

SigningKey generate_signing_key() {
  return {random_token(kKidBytes), generate_private_pem()};
}

std::string public_jwk(const SigningKey& key) {
  EcPoint point = public_point(key.private_pem);
  return nlohmann::json{{"kty", "EC"},
                        {"crv", "P-256"},
                        {"x", base64url_encode(point.x)},
                        {"y", base64url_encode(point.y)},
                        {"use", "sig"},
                        {"alg", "ES256"},
                        {"kid", key.kid}}
      .dump();
}

std::string make_jwks(const std::vector<std::string>& jwks) {
  std::string document = "{\"keys\":[";
  for (std::size_t i = 0; i < jwks.size(); ++i) {
    if (i > 0) document += ',';
    document += jwks[i];
  }
  return document + "]}";
}

std::string sign(const Claims& claims, const SigningKey& key) {
  nlohmann::json payload{
      {"iss", kIssuer},
      {"sub", plain(claims.subject)},
      {"user_id", claims.user_id},
      {"uid", plain(claims.uid)},
      {"sid", plain(claims.session_id)},
      {"role", claims.role == rpc::Caller::Role::kAdmin ? "admin" : "user"},
      {"iat", seconds(claims.issued_at)},
      {"exp", seconds(claims.expires_at)},
  };
  return jwt_sign_es256(payload.dump(), key);
}

}  // namespace marquee::identity
