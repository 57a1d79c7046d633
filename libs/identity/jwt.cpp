#include "libs/identity/jwt.h"

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <jwt.h>
#include <openssl/err.h>

namespace marquee::identity {
namespace {

struct JwtDeleter {
  void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};
using Jwt = std::unique_ptr<jwt_t, JwtDeleter>;

struct TextDeleter {
  void operator()(char* text) const { std::free(text); }
};

// The length without the NUL: libjwt hands it to a memory BIO.
int length(const std::string& pem) {
  return static_cast<int>(pem.size());
}

const unsigned char* bytes(const std::string& pem) {
  return reinterpret_cast<const unsigned char*>(pem.data());
}

}  // namespace

std::string jwt_sign_es256(const std::string& payload, const SigningKey& key) {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) throw std::runtime_error("out of memory");
  Jwt jwt(raw);
  if (jwt_set_alg(raw, JWT_ALG_ES256, bytes(key.private_pem), length(key.private_pem)) != 0 ||
      jwt_add_header(raw, "kid", key.kid.c_str()) != 0 ||
      jwt_add_grants_json(raw, payload.c_str()) != 0) {
    throw std::runtime_error("the token cannot be made");
  }
  std::unique_ptr<char, TextDeleter> text(jwt_encode_str(raw));
  if (!text) {
    ERR_clear_error();
    throw std::runtime_error("the signing key is unusable");
  }
  return text.get();
}

bool jwt_verify_es256(const std::string& token, const std::string& public_key_pem) {
  jwt_t* raw = nullptr;
  int result = jwt_decode(&raw, token.c_str(), bytes(public_key_pem), length(public_key_pem));
  Jwt jwt(result == 0 ? raw : nullptr);
  ERR_clear_error();
  return jwt && jwt_get_alg(jwt.get()) == JWT_ALG_ES256;
}

}  // namespace marquee::identity
