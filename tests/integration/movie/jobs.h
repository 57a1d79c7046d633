// Calls that come together, as a service has them when many clients ask at once. Of one test; its
// thread.
#pragma once

#include <functional>
#include <future>
#include <vector>

#include "libs/core/turn.h"
#include "libs/core/turn_pool.h"

namespace marquee::movie::testing {

// Runs jobs like a server does, all of which are queued before the first one runs.
class Jobs {
 public:
  void add(std::function<void()> job) { jobs_.push_back(std::move(job)); }
  // Returns when all have ended.
  void run(std::size_t threads) {
    core::TurnPool pool("jobs", threads, jobs_.size() + threads);
    std::promise<void> go;
    std::shared_future<void> gone(go.get_future());
    for (std::size_t i = 0; i < threads; ++i) {
      pool.post([gone] {
        core::Turn::about_to_block();
        gone.wait();
      });
    }
    pool.post(jobs_);
    go.set_value();
  }

 private:
  std::vector<core::TurnPool::Job> jobs_;
};

}  // namespace marquee::movie::testing
