#include "gateway/tls_tickets.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace marquee::gateway {

TlsTickets::TlsTickets(std::string secret) : secret_(std::move(secret)) {
  if (secret_.empty()) {
    secret_.resize(kSecretBytesMin);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), kSecretBytesMin) != 1) {
      throw std::runtime_error("no random bytes for TLS tickets");
    }
  } else if (secret_.size() < kSecretBytesMin) {
    throw std::invalid_argument("tls-ticket-secret needs at least 32 characters");
  }
}

TlsTickets::Keys TlsTickets::of_day(std::int64_t day) const {
  constexpr std::size_t kHalf = 32;
  auto derive = [&](const std::string& what) {
    const std::string label = "marquee tls ticket " + what + " " + std::to_string(day);
    std::array<unsigned char, 2 * kHalf> bytes{};
    unsigned size = bytes.size();
    HMAC(EVP_sha512(), secret_.data(), static_cast<int>(secret_.size()),
         reinterpret_cast<const unsigned char*>(label.data()), label.size(), bytes.data(), &size);
    return bytes;
  };
  Keys keys;
  auto name = derive("name");
  auto secrets = derive("keys");
  std::copy_n(name.begin(), keys.name.size(), keys.name.begin());
  std::copy_n(secrets.begin(), kHalf, keys.cipher.begin());
  std::copy_n(secrets.begin() + kHalf, kHalf, keys.mac.begin());
  OPENSSL_cleanse(secrets.data(), secrets.size());
  return keys;
}

std::int64_t TlsTickets::today() {
  using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Days>(now).count();
}

}  // namespace marquee::gateway
