// Tells every replica and gateway what a commit made stale: this replica's caches at once, the
// others over the bus (`cache.invalidate`). Tags are those of the cache policies in proto/:
// movie:{id}, movies, popular, search, reviews, reviews:{movie_id}, review:{id},
// comments:{movie_id}, user:{id}; "*" is everything.
//
// Owned by MovieService; the caches must outlive it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/bus/bus.h"

namespace marquee::movie {

using Tags = std::vector<std::string>;

inline constexpr char kEverything[] = "*";

// What shows a film or its rating: the film itself and the lists it may be on.
Tags film_tags(std::int64_t movie_id);
// What shows a review of a film; `review_id` 0 when it has none of its own yet.
void add_review_tags(Tags& tags, std::int64_t movie_id, std::int64_t review_id);
std::string comments_tag(std::int64_t movie_id);

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

}  // namespace marquee::movie
