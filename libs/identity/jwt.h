// libjwt behind two functions: the one adapter to its versions 1.10 and 1.17. For the .cpp files of
// libs/identity; stateless, any thread.
#pragma once

#include <string>

#include "libs/identity/keys.h"

namespace marquee::identity {

// Header {alg, typ, kid} and `payload` (a JSON object), signed with ES256. Throws
// std::runtime_error.
std::string jwt_sign_es256(const std::string& payload, const SigningKey& key);
// True when libjwt too reads the header as ES256 and the signature is the key's. `token` holds no
// NUL.
bool jwt_verify_es256(const std::string& token, const std::string& public_key_pem);

}  // namespace marquee::identity
