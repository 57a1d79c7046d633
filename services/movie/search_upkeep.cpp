#include "services/movie/search_upkeep.h"

#include "libs/core/log.h"

namespace marquee::movie {
namespace {

constexpr std::chrono::seconds kPatience{10};

Deadline soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

template <typename Work>
void attempt(const char* failure, Work work) {
  try {
    work();
  } catch (const Error& error) {
    log::warn(failure, {{"error", error.what()}});
  }
}

}  // namespace

SearchUpkeep::SearchUpkeep(SearchStore& store, ChangeFeed& changes,
                           std::chrono::milliseconds interval)
    : store_(store), changes_(changes), interval_(interval), thread_([this] { run(); }) {}

SearchUpkeep::~SearchUpkeep() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void SearchUpkeep::run() {
  std::int64_t at = 0;
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    attempt("words not read for search", [&] {
      if (store_.refresh_words(soon())) changes_.publish({"search"});
    });
    attempt("films not moved in search", [&] { at = store_.move_films(soon(), at); });
    lock.lock();
  } while (!stopped_.wait_for(lock, interval_, [this] { return stop_; }));
}

}  // namespace marquee::movie
