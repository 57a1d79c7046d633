// The thread that owns a set of replicas and everything about its calls, as libs/rpc sees it: the
// gateway's is an io_context. Outlives what was made with it, and keeps what was posted even when
// it is never run.
#pragma once

#include <chrono>
#include <functional>

namespace marquee::rpc {

class Loop {
 public:
  virtual ~Loop() = default;
  // Runs `job` on the owning thread, later, in order. Any thread.
  virtual void post(std::function<void()> job) = 0;
  // Replicas::tick() is to be called then, and not at what was asked for before. Owning thread.
  virtual void wake_at(std::chrono::steady_clock::time_point time) = 0;
};

}  // namespace marquee::rpc
