#include "gateway/edge_cache.h"

#include "gateway/gzip.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

constexpr std::size_t kBytes = 1 << 20;
constexpr std::chrono::minutes kLong{5};

std::shared_ptr<const CachedAnswer> answer(std::string body) {
  return std::make_shared<const CachedAnswer>(200, std::move(body), "");
}

TEST_CASE("a landed flight is found until its tag is invalidated") {
  EdgeCache cache(kBytes);
  auto joined = cache.join("key");
  REQUIRE(joined.leader);
  CHECK_FALSE(joined.flight);
  joined.leader->land(answer("body"), {"movie:1"}, kLong);
  REQUIRE(cache.find("key"));
  CHECK(*cache.find("key")->body == "body");
  cache.invalidate({"movie:2"});
  CHECK(cache.find("key"));
  cache.invalidate({"movie:1"});
  CHECK_FALSE(cache.find("key"));
}

TEST_CASE("the tag * drops everything") {
  EdgeCache cache(kBytes);
  cache.join("key").leader->land(answer("body"), {"movie:1"}, kLong);
  cache.invalidate({"*"});
  CHECK_FALSE(cache.find("key"));
}

TEST_CASE("who misses meanwhile joins the flight, success or not") {
  EdgeCache cache(kBytes);
  auto first = cache.join("key");
  auto second = cache.join("key");
  REQUIRE(second.flight);
  CHECK_FALSE(second.leader);
  CHECK(cache.join("other").leader);
  first.leader->fail(Problem(503, "down", "Down"));
  REQUIRE(second.flight->outcome().problem);
  CHECK(second.flight->outcome().problem->status == 503);
  CHECK_FALSE(cache.find("key"));
  CHECK(cache.join("key").leader);
}

TEST_CASE("nobody joins a flight that began before an invalidation, and it is not kept") {
  EdgeCache cache(kBytes);
  auto old = cache.join("key");
  cache.invalidate({"movie:1"});
  auto fresh = cache.join("key");
  REQUIRE(fresh.leader);
  old.leader->land(answer("old"), {"movie:1"}, kLong);
  CHECK_FALSE(cache.find("key"));
  CHECK(cache.join("key").flight);
  fresh.leader->land(answer("new"), {"movie:1"}, kLong);
  REQUIRE(cache.find("key"));
  CHECK(*cache.find("key")->body == "new");
}

TEST_CASE("a leader that is dropped fails its flight") {
  EdgeCache cache(kBytes);
  std::shared_ptr<EdgeCache::Flight> flight;
  {
    auto leader = cache.join("key");
    flight = cache.join("key").flight;
  }
  REQUIRE(flight);
  CHECK(flight->outcome().problem->status == 503);
}

TEST_CASE("an answer is compressed once, when that pays") {
  CHECK_FALSE(answer(std::string(kGzipBytesMin, 'a'))->gzip_body());
  auto large = answer(std::string(5000, 'a'));
  REQUIRE(large->gzip_body());
  CHECK(large->gzip_body()->size() < 100);
  CHECK(large->gzip_body() == large->gzip_body());
}

TEST_CASE("equal bodies have equal tags") {
  CHECK(answer("a")->tag == answer("a")->tag);
  CHECK(answer("a")->tag != answer("b")->tag);
}

}  // namespace
}  // namespace marquee::gateway
