#include "gateway/rate_limiter.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

struct Limited {
  RateLimiter::Time now{std::chrono::hours(1)};
  RateLimiter limiter{
      {{"few", 3, Millis(3'000)}, {"other", 3, Millis(3'000)}, {"all", 0, Millis(1)}}};

  RateVerdict take(const char* address) {
    return limiter.take(0, net::ip::make_address(address), now);
  }
};

TEST_CASE("the limit is a burst that refills steadily") {
  Limited t;
  for (std::uint32_t left : {2u, 1u, 0u}) {
    RateVerdict verdict = t.take("1.2.3.4");
    CHECK(verdict.allowed);
    CHECK(verdict.limit == 3);
    CHECK(verdict.remaining == left);
  }
  RateVerdict refused = t.take("1.2.3.4");
  CHECK_FALSE(refused.allowed);
  CHECK(refused.retry_after_s == 1);
  CHECK(refused.reset_s == 3);
  t.now += std::chrono::milliseconds(999);
  CHECK_FALSE(t.take("1.2.3.4").allowed);
  t.now += std::chrono::milliseconds(1);
  CHECK(t.take("1.2.3.4").allowed);
  CHECK_FALSE(t.take("1.2.3.4").allowed);
  t.now += std::chrono::hours(1);
  CHECK(t.take("1.2.3.4").remaining == 2);
}

TEST_CASE("addresses, classes and users count for themselves") {
  Limited t;
  for (int i = 0; i < 3; ++i) t.take("1.2.3.4");
  CHECK_FALSE(t.take("1.2.3.4").allowed);
  CHECK(t.take("1.2.3.5").allowed);
  CHECK(t.limiter.take(1, net::ip::make_address("1.2.3.4"), t.now).allowed);
  for (int i = 0; i < 3; ++i) CHECK(t.limiter.take(0, std::int64_t{7}, t.now).allowed);
  CHECK_FALSE(t.limiter.take(0, std::int64_t{7}, t.now).allowed);
  CHECK(t.limiter.take(0, std::int64_t{8}, t.now).allowed);
}

TEST_CASE("an IPv6 network counts as one caller") {
  Limited t;
  CHECK(t.take("2001:db8:1:2::1").remaining == 2);
  CHECK(t.take("2001:db8:1:2:ffff::9").remaining == 1);
  CHECK(t.take("2001:db8:1:3::1").remaining == 2);
}

TEST_CASE("a class without a limit takes everything") {
  Limited t;
  for (int i = 0; i < 100; ++i) {
    RateVerdict verdict = t.limiter.take(2, net::ip::make_address("1.2.3.4"), t.now);
    CHECK(verdict.allowed);
    CHECK(verdict.limit == 0);
  }
}

TEST_CASE("a crowd of strangers does not free who is being limited") {
  Limited t;
  for (int i = 0; i < 3; ++i) t.take("1.2.3.4");
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    t.limiter.take(0, net::ip::address_v4(0x0a000000u + i), t.now);
  }
  CHECK_FALSE(t.take("1.2.3.4").allowed);
}

TEST_CASE("classes are known by name") {
  Limited t;
  CHECK(t.limiter.class_of("other") == 1);
  CHECK_THROWS_AS(t.limiter.class_of("none"), std::invalid_argument);
}

TEST_CASE("many threads together get exactly the limit") {
  constexpr int kLimit = 1'000;
  RateLimiter limiter({{"one", kLimit, std::chrono::hours(1)}});
  const RateLimiter::Time now{std::chrono::hours(1)};
  const auto address = net::ip::make_address("1.2.3.4");
  // Known from here on.
  REQUIRE(limiter.take(0, address, now).allowed);
  std::atomic<int> allowed{1};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kLimit; ++i) {
        if (limiter.take(0, address, now).allowed) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(allowed == kLimit);
}

}  // namespace
}  // namespace marquee::gateway
