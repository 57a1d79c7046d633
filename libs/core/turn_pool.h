// A fixed number of threads behind a bounded queue: where blocking work (SQL, password hashing)
// runs, in turns of up to kTurnJobsMax jobs that can gather what they need (libs/core/turn.h).
// Owned by the server that feeds it; post() from any thread.
//
// No more threads are woken than there is work for, those first that slept last: one takes what is
// queued, job by job, and another is woken when it has its fill, when it is about to block, or when
// its jobs take long. A job that blocks its thread by other means than libs/db and libs/rpc says so
// by Turn::about_to_block(). One that does not, and holds up others, is noticed by a thread that
// looks ten times a second: another one takes what can be taken, and the job is told of.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace marquee::core {

inline constexpr std::size_t kTurnJobsMax = 16;

class TurnPool {
 public:
  using Job = std::function<void()>;
  // `job` (Turn::doing(), else "") has run for kHeldUpAfter or more without saying that it blocks,
  // and `waiting` other jobs or answers wait behind it. Once a job, on a thread of the pool's.
  using HeldUp = std::function<void(const char* job, std::size_t waiting)>;

  static constexpr std::chrono::milliseconds kHeldUpAfter{100};

  // `threads` >= 1; at most `queue_max` jobs wait. `name` (<= 15 characters) shows in `top -H`.
  TurnPool(std::string name, std::size_t threads, std::size_t queue_max, HeldUp held_up = nullptr);
  // Runs what is queued, then joins.
  ~TurnPool();
  TurnPool(const TurnPool&) = delete;
  TurnPool& operator=(const TurnPool&) = delete;

  // False, and `job` dropped unrun, when the queue is full or the pool is closing. Jobs must not
  // throw.
  bool post(Job job);
  // Several at once. Returns how many of the first were taken.
  std::size_t post(std::vector<Job>& jobs);
  std::size_t queued() const;
  // Threads that sleep.
  std::size_t idle() const;
  const std::string& name() const { return name_; }

 private:
  friend class Turn;
  class Worker;

  // The next job, empty when there is none.
  Job take();
  // Waits for a job; false when the pool closes.
  bool wait_for_work(Worker& worker);
  // Wakes another thread when there are jobs that nobody is on the way to.
  void wake_for_the_rest();
  Worker* next_to_wake_locked();
  void watch();

  const std::string name_;
  const std::size_t queue_max_;
  const HeldUp held_up_;
  mutable std::mutex mutex_;
  std::deque<Job> jobs_;
  std::vector<Worker*> idle_;  // who slept last is last
  std::size_t waking_ = 0;     // told to wake up, not there yet
  bool closing_ = false;
  bool watch_over_ = false;
  std::condition_variable end_watch_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::thread watch_;
};

}  // namespace marquee::core
