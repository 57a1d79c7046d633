// The keys behind access tokens: P-256 pairs made and used by the auth service, their public halves
// published as a JWKS (RFC 7517) that gateways verify with.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/identity/claims.h"

namespace marquee::identity {

struct SigningKey {
  std::string kid;
  std::string private_pem;
};

// A fresh P-256 pair with a random kid.
SigningKey generate_signing_key();
// The public half as a JWK object (JSON): kty, crv, x, y, use, alg, kid.
std::string public_jwk(const SigningKey& key);
// {"keys":[...]}
std::string make_jwks(const std::vector<std::string>& jwks);

// Throws std::runtime_error when the key is unusable.
std::string sign(const Claims& claims, const SigningKey& key);

// Verifies against one JWKS; immutable, shared by threads.
class Verifier {
 public:
  // Throws std::invalid_argument when `jwks_json` is not a JWKS. Keys of other kinds are skipped.
  explicit Verifier(std::string_view jwks_json);
  ~Verifier();

  enum class Result { kValid, kExpired, kUnknownKey, kInvalid };
  // Only ES256, only our issuer, only the kid's own key, exp in the future of `now`. Any bytes.
  Result verify(std::string_view token, WallTime now, Claims& claims) const;
  bool knows(std::string_view kid) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The header's kid of an unverified token, to decide whether a newer JWKS is worth fetching.
std::optional<std::string> unverified_kid(std::string_view token);

}  // namespace marquee::identity
