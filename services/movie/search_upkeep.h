// Keeps search near what changed. Once a second it has some films looked at, all of them in turn,
// and moves those whose rating changed: so a rating costs search nothing, and a film is in its
// place after a few seconds (10,000 films) or minutes (a million); replicas take turns. And it has
// the words of titles read into memory when there are new ones; then what was found without them is
// stale, wherever it is kept. Owned by MovieService; one thread
// of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "services/movie/cache_tags.h"
#include "services/movie/search_store.h"

namespace marquee::movie {

class SearchUpkeep {
 public:
  SearchUpkeep(SearchStore& store, ChangeFeed& changes, std::chrono::milliseconds interval);
  ~SearchUpkeep();
  SearchUpkeep(const SearchUpkeep&) = delete;
  SearchUpkeep& operator=(const SearchUpkeep&) = delete;

 private:
  void run();

  SearchStore& store_;
  ChangeFeed& changes_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace marquee::movie
