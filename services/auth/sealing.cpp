#include "services/auth/sealing.h"

#include <array>
#include <stdexcept>

#include <sodium.h>

namespace marquee::auth {
namespace {

constexpr std::string_view kTokenPurpose = "marquee token hash";

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string derive(std::string_view secret, std::string_view purpose) {
  std::string key(crypto_generichash_BYTES, '\0');
  if (crypto_generichash(reinterpret_cast<unsigned char*>(key.data()), key.size(), bytes(secret),
                         secret.size(), bytes(purpose), purpose.size()) != 0) {
    throw std::logic_error("a purpose has between 16 and 64 characters");
  }
  return key;
}

}  // namespace

static_assert(crypto_generichash_BYTES == crypto_secretbox_KEYBYTES);

std::string seal(std::string_view plain, std::string_view secret, std::string_view purpose) {
  std::string key = derive(secret, purpose);
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(out, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, bytes(plain), plain.size(), out,
                        bytes(key));
  return sealed;
}

std::optional<std::string> unseal(std::string_view sealed, std::string_view secret,
                                  std::string_view purpose) {
  if (sealed.size() < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) return std::nullopt;
  std::string key = derive(secret, purpose);
  std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  std::string plain(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()), bytes(box),
                                 box.size(), bytes(sealed), bytes(key)) != 0) {
    return std::nullopt;
  }
  return plain;
}

std::string token_hash(std::string_view token) {
  return derive(token, kTokenPurpose);
}

}  // namespace marquee::auth
