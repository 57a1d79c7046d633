// Jobs that were added with a claim for this process, until it begins them. What has waited too
// long is left to whoever claims it next. Owned by Jobs; any thread.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <vector>

#include "services/notification/jobs_store.h"

namespace marquee::notification {

class HeldJobs {
 public:
  using Time = std::chrono::steady_clock::time_point;

  bool full() const;
  std::size_t size() const;
  // Worth beginning until then.
  void add(const std::vector<Job>& jobs, Time until);
  // The oldest.
  std::vector<Job> take(std::size_t most);
  std::vector<Job> take_all();

 private:
  struct Held {
    Job job;
    Time until;
  };

  mutable std::mutex mutex_;
  std::deque<Held> jobs_;
};

}  // namespace marquee::notification
