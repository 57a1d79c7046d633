#include "libs/cache/tagged_cache.h"

#include "tests/catch.h"

namespace marquee::cache {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  TaggedCache<std::string> cache{1 << 20, [this] { return now; }};

  bool put(const std::string& key, std::vector<std::string> tags, const std::string& value,
           std::chrono::milliseconds ttl = 60s) {
    return cache.store(key, std::move(tags), std::make_shared<const std::string>(value),
                       value.size(), ttl, cache.begin_fill());
  }
};

TEST_CASE("the cache returns what was stored until its ttl has passed") {
  Fixture f;
  REQUIRE(f.put("a", {}, "one", 10s));
  REQUIRE(*f.cache.find("a") == "one");
  f.now += 9s;
  REQUIRE(f.cache.find("a") != nullptr);
  f.now += 1s;
  REQUIRE(f.cache.find("a") == nullptr);
}

TEST_CASE("an invalidated tag drops its entries and no others") {
  Fixture f;
  f.put("a", {"movie:1", "movies"}, "a");
  f.put("b", {"movie:2", "movies"}, "b");
  f.put("c", {"other"}, "c");
  f.cache.invalidate({"movie:1"});
  CHECK(f.cache.find("a") == nullptr);
  CHECK(f.cache.find("b") != nullptr);
  f.cache.invalidate({"movies"});
  CHECK(f.cache.find("b") == nullptr);
  CHECK(f.cache.find("c") != nullptr);
}

TEST_CASE("a value read before an invalidation is not stored after it") {
  Fixture f;
  auto fill = f.cache.begin_fill();
  f.cache.invalidate({"movie:1"});
  auto value = std::make_shared<const std::string>("stale");
  CHECK_FALSE(f.cache.store("a", {"movie:1"}, value, 5, 60s, fill));
  CHECK(f.cache.store("b", {"movie:2"}, value, 5, 60s, fill));
  fill = f.cache.begin_fill();
  f.cache.clear();
  CHECK_FALSE(f.cache.store("b", {"movie:2"}, value, 5, 60s, fill));
}

TEST_CASE("right after an invalidation values live for a second at most") {
  Fixture f;
  f.cache.invalidate({"movie:1"});
  f.now += 100ms;
  REQUIRE(f.put("a", {"movie:1"}, "perhaps stale", 300s));
  f.now += 999ms;
  CHECK(f.cache.find("a") != nullptr);
  f.now += 2ms;
  CHECK(f.cache.find("a") == nullptr);
  f.now += 500ms;
  REQUIRE(f.put("a", {"movie:1"}, "settled", 300s));
  f.now += 200s;
  CHECK(f.cache.find("a") != nullptr);
}

TEST_CASE("the cache stays within its bound and drops the least recently used") {
  TaggedCache<std::string> cache(16 * 4096);
  auto value = std::make_shared<const std::string>(1000, 'x');
  for (int i = 0; i < 1000; ++i) {
    cache.store("key" + std::to_string(i), {"t"}, value, value->size(), 60s, cache.begin_fill());
  }
  CHECK(cache.size() <= 16 * 4);
  CHECK(cache.find("key999") != nullptr);
  CHECK(cache.find("key0") == nullptr);
  CHECK_FALSE(cache.store("huge", {}, value, 1 << 20, 60s, cache.begin_fill()));
}

TEST_CASE("readers, writers and invalidations may run together") {
  TaggedCache<int> cache(1 << 20);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) {
        std::string key = "k" + std::to_string(i % 50);
        if (t == 0 && i % 7 == 0) {
          cache.invalidate({"tag" + std::to_string(i % 50)});
        } else if (auto found = cache.find(key)) {
          if (*found != i % 50) ++wrong;
        } else {
          cache.store(key, {"tag" + std::to_string(i % 50)}, std::make_shared<const int>(i % 50), 8,
                      60s, cache.begin_fill());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(wrong == 0);
}

}  // namespace
}  // namespace marquee::cache
