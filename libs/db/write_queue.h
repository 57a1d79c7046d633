// Writes of one kind that wait for their transaction, and the order in which they get one: what
// waits while a transaction runs goes into the next one together, which begins when that one has
// ended, or beside it when as many wait as are in it. No thread of its own: of the threads that
// wait, one runs the next batch for all. A write that meets an idle queue is run at once. Used by
// GroupWriter; any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "libs/core/tally.h"
#include "libs/db/waiters.h"

namespace marquee::db {

struct Party;

// One call's. On the stack of the call.
struct QueuedWrite : Waiter {
  // Two of the same key are never in one batch, nor in two that run at the same time, and go in the
  // order in which they came.
  std::uint64_t key = 0;

  QueuedWrite(Deadline until, std::uint64_t key_of_it)
      : Waiter{std::move(until), nullptr}, key(key_of_it) {}

  QueuedWrite(const QueuedWrite&) = delete;
  QueuedWrite& operator=(const QueuedWrite&) = delete;

 private:
  friend class WriteQueue;
  Party* party_ = nullptr;
  bool waits_ = false;  // for its batch to begin
  std::chrono::steady_clock::time_point since_{};
};

struct WriteQueueStats {
  std::size_t waiting = 0;    // writes, for their batch to begin
  std::size_t running = 0;    // batches
  std::uint64_t batches = 0;  // begun so far
  std::uint64_t writes = 0;   // in them
  std::uint64_t gave_up = 0;  // before theirs began
  core::Durations::Reading waits;
};

class WriteQueue {
 public:
  using Batch = std::vector<QueuedWrite*>;
  // Carries out a batch, to the end; called by several threads at the same time.
  using Run = std::function<void(const Batch&)>;

  // At most `batch_max` in a batch, at most `batches_max` at the same time. `run` must not throw.
  WriteQueue(std::size_t batch_max, std::size_t batches_max, Run run);
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  // Returns when each of `writes` was run, or was given up before its batch began: it has failed
  // then.
  void carry_out(const Batch& writes);
  // How many wait for their batch to begin.
  std::size_t waiting() const;
  WriteQueueStats stats() const;

 private:
  void wait(std::unique_lock<std::mutex>& lock, Party& party, const Batch& writes);
  bool may_begin_locked() const;
  // The oldest that may go together. Those that nobody wants any more fail.
  Batch take_locked();
  void run_next(std::unique_lock<std::mutex>& lock);
  void settle_locked(QueuedWrite& write);
  // Fails those of `writes` that wait and are not wanted any more. Returns when to look again.
  Deadline::Time give_up_locked(const Batch& writes);
  // Wakes a thread that waits, when a batch may begin.
  void call_a_leader_locked();

  const std::size_t batch_max_;
  const std::size_t batches_max_;
  const Run run_;
  mutable std::mutex mutex_;
  std::deque<QueuedWrite*> waiting_;
  std::unordered_set<std::uint64_t> running_keys_;
  std::size_t batches_ = 0;
  std::uint64_t batches_begun_ = 0;
  std::uint64_t writes_begun_ = 0;
  std::uint64_t gave_up_ = 0;
  core::Durations waits_;
};

}  // namespace marquee::db
