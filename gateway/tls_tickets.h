// The keys under which TLS sessions travel with their clients, so that a client that comes back
// needs no signature and no key exchange with the certificate. Gateways with the same secret take
// each other's tickets, before and after a restart. A day has its keys, and yesterday's are still
// taken. Immutable, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace marquee::gateway {

class TlsTickets {
 public:
  static constexpr std::size_t kSecretBytesMin = 32;

  struct Keys {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
  };

  // An empty secret: one of this process alone. Throws std::invalid_argument for a short one.
  explicit TlsTickets(std::string secret);

  Keys of_day(std::int64_t day) const;  // since 1970
  static std::int64_t today();

 private:
  std::string secret_;
};

}  // namespace marquee::gateway
