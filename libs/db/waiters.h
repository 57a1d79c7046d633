// Those who wait for one query of a Loader: until when it is wanted, and who gave up. On the thread
// that runs the query, except that any thread may cancel one of them.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <vector>

#include "libs/core/deadline.h"

namespace marquee::db {

struct Waiter {
  Deadline deadline;
  std::exception_ptr failure;

  // The first failure counts.
  void fail(std::exception_ptr with) {
    if (!failure) failure = std::move(with);
  }
  // Fails when the deadline has passed or was cancelled.
  void give_up_if_unwanted();
};

// What the waiters want together. Those who do not wait any more fail at once.
class Wanted {
 public:
  explicit Wanted(const std::vector<Waiter*>& waiters);
  Wanted(const Wanted&) = delete;
  Wanted& operator=(const Wanted&) = delete;

  // The latest of theirs; cancelled when all of them are.
  const Deadline& deadline() const { return deadline_; }

 private:
  Deadline deadline_;
  std::shared_ptr<Cancellation> all_;
  std::atomic<int> waiting_{0};
  std::deque<Cancellation::Hook> hooks_;
};

}  // namespace marquee::db
