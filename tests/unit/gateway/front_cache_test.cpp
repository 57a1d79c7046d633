#include "gateway/front_cache.h"

#include <thread>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using Time = std::chrono::steady_clock::time_point;

std::shared_ptr<const FrontAnswer> answer_to(const std::string& target, std::uint64_t generation,
                                             Time expires) {
  auto answer = std::make_shared<FrontAnswer>();
  answer->target = target;
  answer->generation = generation;
  answer->expires = expires;
  return answer;
}

TEST_CASE("an answer counts for its target, its generation and its time") {
  FrontCache front;
  const Time now{std::chrono::hours(1)};
  auto kept = answer_to("/a?b", 3, now + std::chrono::seconds(1));
  front.keep(kept);
  CHECK(front.find("/a?b", 3, now) == kept);
  CHECK(front.find("/a?c", 3, now) == nullptr);
  CHECK(front.find("/a?b", 4, now) == nullptr);
  CHECK(front.find("/a?b", 3, now + std::chrono::seconds(1)) == nullptr);
  auto newer = answer_to("/a?b", 4, now + std::chrono::seconds(1));
  front.keep(newer);
  CHECK(front.find("/a?b", 4, now) == newer);
}

TEST_CASE("however many targets are asked for, a front holds a fixed number") {
  FrontCache front;
  const Time now{std::chrono::hours(1)};
  std::vector<std::weak_ptr<const FrontAnswer>> all;
  for (int i = 0; i < 5'000; ++i) {
    auto answer = answer_to("/" + std::to_string(i), 0, now + std::chrono::seconds(1));
    all.push_back(answer);
    front.keep(std::move(answer));
  }
  int alive = 0;
  for (const auto& answer : all) alive += answer.expired() ? 0 : 1;
  CHECK(alive <= 512);
  CHECK(front.find("/4999", 0, now) != nullptr);
}

TEST_CASE("the generation changes once what was invalidated cannot be found any more") {
  EdgeCache cache(1 << 20);
  auto store = [&](const std::string& key) {
    auto joined = cache.join(key);
    joined.leader->land(std::make_shared<const CachedAnswer>(200, "x", ""), {"tag"},
                        std::chrono::seconds(60));
  };
  // One reader notes generations as a core does, while another thread invalidates.
  for (int round = 0; round < 200; ++round) {
    store("key");
    std::atomic<bool> invalidated{false};
    std::thread writer([&] {
      cache.invalidate({"tag"});
      invalidated = true;
    });
    std::uint64_t generation = 0;
    bool held = false;
    while (!invalidated) {
      generation = cache.generation();
      held = cache.find("key") != nullptr;
    }
    writer.join();
    // Who answers after the invalidation may not use what was found before it.
    bool usable = held && generation == cache.generation();
    REQUIRE_FALSE(usable);
  }
}

}  // namespace
}  // namespace marquee::gateway
