#include "services/movie/search_mover.h"

#include "libs/core/log.h"

namespace marquee::movie {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

SearchMover::SearchMover(SearchStore& store, std::chrono::milliseconds interval)
    : store_(store), interval_(interval), thread_([this] { run(); }) {}

SearchMover::~SearchMover() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void SearchMover::run() {
  std::int64_t at = 0;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, interval_, [this] { return stop_; })) {
    lock.unlock();
    try {
      at = store_.move_films(std::chrono::steady_clock::now() + kPatience, at);
    } catch (const Error& error) {
      log::warn("films not moved in search", {{"error", error.what()}});
    }
    lock.lock();
  }
}

}  // namespace marquee::movie
