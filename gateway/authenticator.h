// Who makes a request: the token's signature, its time and its session, with verified tokens
// remembered until they expire (an ES256 check costs more than the rest of a cached read).
// Owned by the gateway, any thread. Each I/O thread has a memory of its own in front, whose hits
// take no lock; behind it is one for all, sharded. Both are bounded.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/auth_directory.h"
#include "gateway/per_core.h"
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
  std::shared_ptr<const rpc::Caller> caller;  // null unless kValid
};

class Authenticator {
 public:
  Authenticator(AuthDirectory& directory, std::size_t cores);

  // The session was just ended through this gateway: its tokens are refused from now on.
  void end_session(const std::string& session_id);

  // `token`: any bytes. Nothing when its key is unknown, and may be found by identify_patiently().
  std::optional<Identity> identify(std::string_view token);
  // Reads the keys again first.
  net::awaitable<Identity> identify_patiently(std::string token);

 private:
  struct Known {
    std::shared_ptr<const rpc::Caller> caller;
    WallTime expires_at;
    std::uint64_t generation = 0;  // of the keys that it was verified with
  };
  struct Shard {
    std::mutex mutex;
    StringMap<Known> by_hash;
  };
  // A verified token at the place that its end, a part of its signature, points to.
  struct Remembered {
    std::string token;
    Known known;
    std::uint64_t revocations = 0;  // generation at which its session was alive
  };
  struct Front {
    std::array<Remembered, 512> slots;
    Remembered& slot_of(std::string_view token);
  };
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kTokensPerShard = 4096;

  std::string hash_of(std::string_view token) const;
  // From and into the memory for all.
  std::optional<Known> recall(const std::string& hash, std::uint64_t generation);
  void keep(std::string hash, const Known& known, WallTime now);
  Identity admit(const Known& known, WallTime now) const;
  // Nothing when `slot` holds another token, or one that has to be judged again.
  std::optional<Identity> admit_remembered(Remembered& slot, std::string_view token,
                                           WallTime now) const;

  AuthDirectory& directory_;
  std::array<unsigned char, 32> hash_key_{};
  std::array<Shard, kShards> shards_;
  PerCore<Front> fronts_;
};

}  // namespace marquee::gateway
