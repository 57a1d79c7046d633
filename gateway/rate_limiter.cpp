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

RateLimiter::RateLimiter(std::vector<Rate> rates, Now now)
    : rates_(std::move(rates)), now_(std::move(now)), rows_(kRows) {
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

RateVerdict RateLimiter::take(std::size_t rate_class, const net::ip::address& address) {
  return take(rate_class, address.is_v4() ? '4' : '6', address_number(address));
}

RateVerdict RateLimiter::take(std::size_t rate_class, std::int64_t user_id) {
  return take(rate_class, 'u', static_cast<std::uint64_t>(user_id));
}

RateVerdict RateLimiter::take(std::size_t rate_class, unsigned char kind, std::uint64_t who) {
  const Rate& rate = rates_[rate_class];
  if (rate.limit == 0) return {};
  std::int64_t now_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now_().time_since_epoch()).count();
  CallerKey caller(kind, rate_class, who);
  std::uint64_t key = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&key), caller.bytes.data(), caller.bytes.size(),
                   hash_key_.data());
  return take_from(rate, key, now_ns);
}

RateVerdict RateLimiter::take_from(const Rate& rate, std::uint64_t key, std::int64_t now_ns) {
  const std::int64_t period =
      std::chrono::duration_cast<std::chrono::nanoseconds>(rate.period).count();
  const std::int64_t interval = std::max<std::int64_t>(1, period / rate.limit);
  const std::size_t row_index = key % kRows;
  std::lock_guard lock(locks_[row_index % kShards]);
  auto& row = rows_[row_index];
  auto bucket = std::find_if(row.begin(), row.end(), [&](const Bucket& b) { return b.key == key; });
  if (bucket == row.end()) {
    bucket = std::min_element(row.begin(), row.end(), [](const Bucket& a, const Bucket& b) {
      return a.full_at_ns < b.full_at_ns;
    });
    *bucket = Bucket{key, now_ns};
  }
  std::int64_t full_at = std::max(bucket->full_at_ns, now_ns) + interval;
  std::int64_t over = full_at - now_ns - interval * static_cast<std::int64_t>(rate.limit);

  RateVerdict verdict;
  verdict.limit = rate.limit;
  verdict.allowed = over <= 0;
  if (verdict.allowed) {
    bucket->full_at_ns = full_at;
    verdict.remaining = static_cast<std::uint32_t>(-over / interval);
  } else {
    verdict.retry_after_s = std::max(1u, ceil_seconds(over));
  }
  verdict.reset_s = ceil_seconds(bucket->full_at_ns - now_ns);
  return verdict;
}

}  // namespace marquee::gateway
