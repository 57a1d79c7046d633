#include "libs/db/canceller.h"

#include <algorithm>

#include "libs/core/log.h"
#include "libs/db/connection.h"

namespace marquee::db {
namespace {

constexpr std::chrono::milliseconds kAgain{20};

}  // namespace

Canceller::Watch::Watch(Canceller& canceller, Connection& connection, Cancellation* cancellation)
    : canceller_(canceller), connection_(connection) {
  if (cancellation != nullptr) hook_.emplace(cancellation, [this] { canceller_.request(*this); });
}

void Canceller::Watch::settle() {
  if (!hook_) return;
  hook_.reset();
  std::unique_lock lock(canceller_.mutex_);
  canceller_.wanted_.remove(this);
  canceller_.changed_.wait(lock, [this] { return canceller_.sending_ != this; });
}

Canceller::~Canceller() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Canceller::request(Watch& watch) {
  {
    std::lock_guard lock(mutex_);
    wanted_.push_back(&watch);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  changed_.notify_all();
}

void Canceller::run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    auto first = std::min_element(wanted_.begin(), wanted_.end(),
                                  [](const Watch* a, const Watch* b) { return a->due_ < b->due_; });
    if (first == wanted_.end()) {
      changed_.wait(lock);
      continue;
    }
    auto now = std::chrono::steady_clock::now();
    if ((*first)->due_ > now) {
      // A copy: the watch may be gone when the wait looks at the time again.
      auto due = (*first)->due_;
      changed_.wait_until(lock, due);
      continue;
    }
    Watch* watch = *first;
    watch->due_ = now + kAgain;
    sending_ = watch;
    lock.unlock();
    watch->connection_.cancel_statement();
    lock.lock();
    sending_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace marquee::db
