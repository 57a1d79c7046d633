// How often one caller may call: a leaky bucket (GCRA) for each pair of rate class and caller,
// where a caller is an address (IPv6 by its /64) or a user. Memory is fixed at construction: when a
// row of the table is full, the bucket that has filled up longest gives way, so strangers with many
// addresses cost no memory and forget nobody who is being limited before they have refilled.
// Any thread; locks are sharded.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "gateway/asio.h"
#include "gateway/config.h"

namespace marquee::gateway {

struct RateVerdict {
  bool allowed = true;
  std::uint32_t limit = 0;  // 0: unlimited, the rest says nothing
  std::uint32_t remaining = 0;
  std::uint32_t reset_s = 0;        // until the whole limit is there again
  std::uint32_t retry_after_s = 0;  // of a refused call, at least 1
};

class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Now = std::function<Time()>;

  explicit RateLimiter(std::vector<Rate> rates, Now now = &std::chrono::steady_clock::now);

  // Index of a class; throws std::invalid_argument for an unknown one. For start-up.
  std::size_t class_of(const std::string& name) const;
  const std::vector<Rate>& rates() const { return rates_; }

  // Takes one call out of the address's bucket, or the user's.
  RateVerdict take(std::size_t rate_class, const net::ip::address& address);
  RateVerdict take(std::size_t rate_class, std::int64_t user_id);

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kRows = 1 << 14;
  static constexpr std::size_t kShards = 64;

  struct Bucket {
    std::uint64_t key = 0;
    std::int64_t full_at_ns = 0;  // when the whole limit is there again
  };

  RateVerdict take(std::size_t rate_class, unsigned char kind, std::uint64_t who);
  RateVerdict take_from(const Rate& rate, std::uint64_t key, std::int64_t now_ns);

  const std::vector<Rate> rates_;
  const Now now_;
  std::array<unsigned char, 16> hash_key_{};
  std::vector<std::array<Bucket, kWays>> rows_;
  std::array<std::mutex, kShards> locks_;
};

}  // namespace marquee::gateway
