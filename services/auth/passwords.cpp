#include "services/auth/passwords.h"

#include <chrono>
#include <stdexcept>

#include <sodium.h>

#include "libs/core/error.h"
#include "libs/core/ids.h"

namespace marquee::auth {
namespace {

constexpr std::size_t kDummyBytes = 24;

std::string argon2id(const std::string& password, unsigned long long passes, std::size_t memory) {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw std::runtime_error("libsodium cannot be started");
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(text, password.data(), password.size(), passes, memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw Error::unavailable("overloaded", "Service temporarily unavailable")
        .retry_after(std::chrono::seconds(1));
  }
  return text;
}

}  // namespace

class Passwords::Timed {
 public:
  explicit Timed(const Passwords& passwords) : passwords_(passwords) {
    passwords_.running_.add(+1);
  }
  ~Timed() {
    passwords_.durations_.add(std::chrono::steady_clock::now() - since_);
    passwords_.running_.add(-1);
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  const Passwords& passwords_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

Passwords::Passwords(const PasswordConfig& config)
    : passes_(static_cast<unsigned long long>(config.passes)),
      memory_bytes_(static_cast<std::size_t>(config.memory_kib) * 1024),
      nobody_(argon2id(random_token(kDummyBytes), passes_, memory_bytes_)) {}

std::string Passwords::hash(const std::string& password) const {
  const Timed timed(*this);
  return argon2id(password, passes_, memory_bytes_);
}

bool Passwords::matches(const std::string& hash, const std::string& password) const {
  const Timed timed(*this);
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void Passwords::pretend(const std::string& password) const {
  // A match could only be luck; nothing is made of it.
  static_cast<void>(matches(nobody_, password));
}

bool Passwords::outdated(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), passes_, memory_bytes_) != 0;
}

}  // namespace marquee::auth
