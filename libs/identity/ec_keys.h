// P-256 keys as OpenSSL makes and reads them: PEM on one side, the coordinates of a JWK on the
// other. For the .cpp files of libs/identity; stateless, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::identity {

// The public point; each coordinate 32 bytes, big-endian.
struct EcPoint {
  std::string x;
  std::string y;
};

inline constexpr std::size_t kCoordinateBytes = 32;

// PKCS #8 PEM of a fresh private key. Throws std::runtime_error.
std::string generate_private_pem();
// Throws std::runtime_error when `private_pem` is not a P-256 private key.
EcPoint public_point(const std::string& private_pem);
// SubjectPublicKeyInfo PEM; nothing when the point is not on the curve.
std::optional<std::string> public_pem(const EcPoint& point);

}  // namespace marquee::identity
