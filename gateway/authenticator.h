// Who makes a request: the token's signature, its time and its session, with verified tokens
// remembered until they expire (an ES256 check costs more than the rest of a cached read).
// Owned by the gateway, any thread; the memory of tokens is bounded and sharded.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/auth_directory.h"
#include "libs/core/string_map.h"
#include "libs/rpc/caller.h"

namespace marquee::gateway {

struct Identity {
  enum class State : std::uint8_t {
    kAnonymous,    // no token
    kValid,        // `caller` is who
    kExpired,      // was good once
    kInvalid,      // not ours, broken, or its session was ended
    kUnavailable,  // cannot be judged before the keys are here
  } state = State::kAnonymous;
  rpc::Caller caller;
};

class Authenticator {
 public:
  explicit Authenticator(AuthDirectory& directory);

  // The session was just ended through this gateway: its tokens are refused from now on.
  void end_session(const std::string& session_id);

  // `token`: any bytes. Nothing when its key is unknown, and may be found by identify_patiently().
  std::optional<Identity> identify(std::string_view token);
  // Reads the keys again first.
  net::awaitable<Identity> identify_patiently(std::string token);

 private:
  struct Known {
    rpc::Caller caller;
    WallTime expires_at;
    std::uint64_t generation = 0;  // of the keys that it was verified with
  };
  struct Shard {
    std::mutex mutex;
    StringMap<Known> by_hash;
  };
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kTokensPerShard = 4096;

  std::string hash_of(std::string_view token) const;
  Identity admit(Known known, WallTime now) const;

  AuthDirectory& directory_;
  std::array<unsigned char, 32> hash_key_{};
  std::array<Shard, kShards> shards_;
};

}  // namespace marquee::gateway
