// Tells every replica and gateway what a commit made stale: this replica's caches at once, the
// others over the bus (`cache.invalidate`). Tags are those of the cache policies in proto/, as
// movie:{id}, and user:{id} of the auth service; "*" is everything.
//
// Owned by a service; the caches must outlive it. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/bus/bus.h"

namespace marquee::invalidation {

using Tags = std::vector<std::string>;

inline constexpr char kEverything[] = "*";

class ChangeFeed {
 public:
  // Drops what carries one of the tags, all of it when there is "*" among them.
  using Drop = std::function<void(const Tags&)>;

  ChangeFeed(bus::Bus& bus, std::vector<Drop> caches);
  ~ChangeFeed();
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // After the commit. What the jobs of a turn publish goes over the bus together, before the turn
  // pauses.
  void publish(const Tags& tags);

 private:
  struct Caches;
  void send();

  bus::Bus& bus_;
  std::shared_ptr<Caches> caches_;
  bus::Subscription subscription_;
  std::mutex mutex_;
  Tags unsent_;  // each once
};

// The Drop of a TaggedCache.
template <typename Cache>
ChangeFeed::Drop drop_from(Cache& cache) {
  return [&cache](const Tags& tags) {
    for (const auto& tag : tags) {
      if (tag == kEverything) {
        cache.clear();
        return;
      }
    }
    cache.invalidate(tags);
  };
}

}  // namespace marquee::invalidation
