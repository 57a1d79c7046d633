// The gateway's I/O threads: one io_context each, so that what belongs to one connection needs no
// lock. Owned by the gateway.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "gateway/asio.h"

namespace marquee::gateway {

class IoThreads {
 public:
  // `count` >= 1. Nothing runs before start().
  explicit IoThreads(int count);
  // Waits for all threads: release() first.
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  void start();
  std::size_t size() const { return contexts_.size(); }
  net::io_context& context(std::size_t index) { return *contexts_[index]; }

  // Lets each thread end when it has nothing left to do.
  void release();
  // True when all have ended within `patience`.
  bool wait_ended(std::chrono::milliseconds patience);

 private:
  using WorkGuard = net::executor_work_guard<net::io_context::executor_type>;
  std::vector<std::unique_ptr<net::io_context>> contexts_;
  std::vector<WorkGuard> guards_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  std::size_t running_ = 0;
};

}  // namespace marquee::gateway
