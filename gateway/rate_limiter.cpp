#include "gateway/rate_limiter.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <sodium.h>

namespace marquee::gateway {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::uint32_t ceil_seconds(std::int64_t nanoseconds) {
  return static_cast<std::uint32_t>(
      std::max<std::int64_t>(0, (nanoseconds + kSecond - 1) / kSecond));
}

// What is counted together: kind, class, and the address or user, as bytes to hash.
struct CallerKey {
  std::array<unsigned char, 10> bytes{};

  CallerKey(unsigned char kind, std::size_t rate_class, std::uint64_t who) {
    bytes[0] = kind;
    bytes[1] = static_cast<unsigned char>(rate_class);
    std::memcpy(bytes.data() + 2, &who, sizeof(who));
  }
};

std::uint64_t address_number(const net::ip::address& address) {
  if (address.is_v4()) return address.to_v4().to_uint();
  auto v6 = address.to_v6().to_bytes();
  std::uint64_t network = 0;
  std::memcpy(&network, v6.data(), sizeof(network));
  return network;
}

}  // namespace

RateLimiter::RateLimiter(std::vector<Rate> rates) : rates_(std::move(rates)), rows_(kRows) {
  if (rates_.size() > 255) throw std::invalid_argument("more than 255 rate classes");
  if (sodium_init() < 0) throw std::runtime_error("no source of random numbers");
  crypto_shorthash_keygen(hash_key_.data());
}

std::size_t RateLimiter::class_of(const std::string& name) const {
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    if (rates_[i].name == name) return i;
  }
  throw std::invalid_argument("unknown rate class \"" + name + "\"");
}

RateVerdict RateLimiter::take(std::size_t rate_class, const net::ip::address& address, Time now) {
  return take(rate_class, address.is_v4() ? '4' : '6', address_number(address), now);
}

RateVerdict RateLimiter::take(std::size_t rate_class, std::int64_t user_id, Time now) {
  return take(rate_class, 'u', static_cast<std::uint64_t>(user_id), now);
}

RateVerdict RateLimiter::take(std::size_t rate_class, unsigned char kind, std::uint64_t who,
                              Time now) {
  const Rate& rate = rates_[rate_class];
  if (rate.limit == 0) return {};
  std::int64_t now_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  CallerKey caller(kind, rate_class, who);
  std::uint64_t key = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&key), caller.bytes.data(), caller.bytes.size(),
                   hash_key_.data());
  const std::int64_t period =
      std::chrono::duration_cast<std::chrono::nanoseconds>(rate.period).count();
  const std::int64_t interval = std::max<std::int64_t>(1, period / rate.limit);
  const std::int64_t burst = interval * static_cast<std::int64_t>(rate.limit);
  Bucket& bucket = bucket_of(rows_[key % kRows], key, now_ns);

  RateVerdict verdict;
  verdict.limit = rate.limit;
  std::int64_t was = bucket.full_at_ns.load(std::memory_order_relaxed);
  std::int64_t full_at = 0;
  std::int64_t over = 0;
  do {
    full_at = std::max(was, now_ns) + interval;
    over = full_at - now_ns - burst;
  } while (over <= 0 &&
           !bucket.full_at_ns.compare_exchange_weak(was, full_at, std::memory_order_relaxed));
  verdict.allowed = over <= 0;
  if (verdict.allowed) {
    verdict.remaining = static_cast<std::uint32_t>(-over / interval);
    verdict.reset_s = ceil_seconds(full_at - now_ns);
  } else {
    verdict.retry_after_s = std::max(1u, ceil_seconds(over));
    verdict.reset_s = ceil_seconds(was - now_ns);
  }
  return verdict;
}

// A new caller takes over the bucket that has filled up longest. Its debt goes with its owner,
// unless somebody charges it between the two steps: then the bucket was needed and the debt is
// theirs.
RateLimiter::Bucket& RateLimiter::bucket_of(Row& row, std::uint64_t key, std::int64_t now_ns) {
  for (;;) {
    for (Bucket& bucket : row) {
      if (bucket.key.load(std::memory_order_relaxed) == key) return bucket;
    }
    Bucket* oldest = &row.front();
    std::int64_t full_at = oldest->full_at_ns.load(std::memory_order_relaxed);
    for (Bucket& bucket : row) {
      std::int64_t other = bucket.full_at_ns.load(std::memory_order_relaxed);
      if (other >= full_at) continue;
      oldest = &bucket;
      full_at = other;
    }
    std::uint64_t owner = oldest->key.load(std::memory_order_relaxed);
    if (!oldest->key.compare_exchange_strong(owner, key, std::memory_order_relaxed)) continue;
    oldest->full_at_ns.compare_exchange_strong(full_at, now_ns, std::memory_order_relaxed);
    return *oldest;
  }
}

}  // namespace marquee::gateway
