// How often one caller may call: a leaky bucket (GCRA) for each pair of rate class and caller,
// where a caller is an address (IPv6 by its /64) or a user. Memory is fixed at construction: when a
// row of the table is full, the bucket that has filled up longest gives way, so strangers with many
// addresses cost no memory and forget nobody who is being limited before they have refilled.
// Any thread, without a lock: a bucket is a point in time that calls move on by compare-and-swap.
// Two threads that meet a caller for the first time at the same instant may give it one call too
// many; a known caller's calls are counted exactly.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
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

  explicit RateLimiter(std::vector<Rate> rates);

  // Index of a class; throws std::invalid_argument for an unknown one. For start-up.
  std::size_t class_of(const std::string& name) const;
  const std::vector<Rate>& rates() const { return rates_; }

  // Takes one call out of the address's bucket, or the user's. `now`: of the request.
  RateVerdict take(std::size_t rate_class, const net::ip::address& address, Time now);
  RateVerdict take(std::size_t rate_class, std::int64_t user_id, Time now);

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kRows = 1 << 14;

  struct Bucket {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::int64_t> full_at_ns{0};  // when the whole limit is there again
  };
  using Row = std::array<Bucket, kWays>;

  RateVerdict take(std::size_t rate_class, unsigned char kind, std::uint64_t who, Time now);
  static Bucket& bucket_of(Row& row, std::uint64_t key, std::int64_t now_ns);

  const std::vector<Rate> rates_;
  std::array<unsigned char, 16> hash_key_{};
  std::vector<Row> rows_;
};

}  // namespace marquee::gateway
