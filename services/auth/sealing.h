// Secrets at rest: sealed with a key made from a text, so that who reads the database alone learns
// nothing. XSalsa20-Poly1305 and BLAKE2b of libsodium. Stateless; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::auth {

// `purpose` keeps what is sealed for one thing from being opened as another.
std::string seal(std::string_view plain, std::string_view secret, std::string_view purpose);
// Nothing when `sealed` was altered or sealed with another secret.
std::optional<std::string> unseal(std::string_view sealed, std::string_view secret,
                                  std::string_view purpose);
// 32 bytes by which a token of full entropy is found again without being stored.
std::string token_hash(std::string_view token);

}  // namespace marquee::auth
