// A fixed number of threads behind a bounded queue: where blocking work (SQL, password hashing)
// runs. Owned by the server that feeds it; post() from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace marquee::core {

class WorkerPool {
 public:
  // `threads` >= 1; at most `queue_max` jobs wait. `name` (<= 15 characters) shows in `top -H`.
  WorkerPool(std::string name, std::size_t threads, std::size_t queue_max);
  // Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and `job` dropped unrun, when the queue is full or the pool is closing. Jobs must not
  // throw.
  bool post(std::function<void()> job);
  std::size_t queued() const;
  const std::string& name() const { return name_; }

 private:
  void run();

  const std::string name_;
  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace marquee::core
