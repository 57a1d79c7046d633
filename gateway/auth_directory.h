// What the gateway knows of the auth service's world: the public keys of access tokens, and which
// sessions were ended before their tokens expire. Read in the background from the auth upstream,
// hastened by the bus; nothing here is an endpoint. Questions come from all I/O threads, the loops
// run on one executor.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include <boost/asio/steady_timer.hpp>

#include "gateway/asio.h"
#include "gateway/one_shot.h"
#include "libs/core/clock.h"
#include "libs/core/string_map.h"
#include "libs/identity/keys.h"

namespace marquee::gateway {

class Upstream;

class AuthDirectory {
 public:
  // `auth` must outlive the executor's run.
  AuthDirectory(net::any_io_executor executor, Upstream& auth);

  // Begins to read and goes on until stop(). Any thread.
  void start();
  void stop();

  // Keys and revocations have been read once. Until then no token can be judged.
  bool ready() const;

  struct Keys {
    std::shared_ptr<const identity::Verifier> verifier;  // null before the first read
    std::uint64_t generation = 0;                        // grows when the key set changes
  };
  Keys keys() const;
  // Of the keys and of the ended sessions: what was found out at one generation is good for as long
  // as it lasts. Cost no lock; read them before the question.
  std::uint64_t keys_generation() const { return keys_generation_.load(std::memory_order_acquire); }
  std::uint64_t revocations_generation() const {
    return revocations_generation_.load(std::memory_order_acquire);
  }
  // Returns once the keys have been read again after this call began: at most once a second in
  // all, at once when too many wait already or the gateway stops.
  net::awaitable<void> read_keys_again();

  // As if these keys, and no ended session, had just been read. False when they are unusable.
  bool learn(const std::string& jwks);

  bool is_revoked(std::string_view session_id) const;
  // Known first hand; how long to remember it comes later, from the auth service.
  void revoke_session(const std::string& session_id);
  // From the bus: a serialised marquee.api.SessionsRevoked.
  void revoke(std::string_view payload);
  // Messages may have been lost: read revocations now.
  void read_revocations_again();

 private:
  net::awaitable<void> follow_keys();
  net::awaitable<void> follow_revocations();
  net::awaitable<bool> read_keys();
  bool take_keys(const std::string& jwks);
  net::awaitable<bool> read_revocations();
  net::awaitable<void> pause(net::steady_timer& timer, std::chrono::milliseconds time);
  void remember(std::string session_id, WallTime forget_at);
  void forget_expired();

  const net::any_io_executor executor_;
  Upstream& auth_;
  net::steady_timer keys_timer_;
  net::steady_timer revocations_timer_;
  std::atomic<bool> stopping_{false};

  std::atomic<std::uint64_t> keys_generation_{0};  // 0 before the first read
  mutable std::mutex keys_mutex_;
  Keys keys_;
  std::string document_;
  std::shared_ptr<OneShot> next_read_;  // who waits for the keys to be read again
  int waiting_ = 0;

  mutable std::shared_mutex revoked_mutex_;
  StringMap<WallTime> revoked_;  // session -> when it may be forgotten
  std::atomic<std::uint64_t> revocations_generation_{0};
  std::atomic<bool> revocations_read_{false};
  std::int64_t since_seconds_ = 0;  // loop only
  std::int32_t since_nanos_ = 0;
};

}  // namespace marquee::gateway
