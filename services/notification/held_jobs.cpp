#include "services/notification/held_jobs.h"

#include <limits>

namespace marquee::notification {
namespace {

// Before those who add jobs leave them to whoever has time.
constexpr std::size_t kEnough = 4'096;

}  // namespace

bool HeldJobs::full() const {
  std::lock_guard lock(mutex_);
  return jobs_.size() >= kEnough;
}

std::size_t HeldJobs::size() const {
  std::lock_guard lock(mutex_);
  return jobs_.size();
}

void HeldJobs::add(const std::vector<Job>& jobs, Time until) {
  std::lock_guard lock(mutex_);
  for (const Job& job : jobs) jobs_.push_back({job, until});
}

std::vector<Job> HeldJobs::take(std::size_t most) {
  std::vector<Job> jobs;
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  while (!jobs_.empty() && jobs.size() < most) {
    if (jobs_.front().until > now) jobs.push_back(std::move(jobs_.front().job));
    jobs_.pop_front();
  }
  return jobs;
}

std::vector<Job> HeldJobs::take_all() {
  return take(std::numeric_limits<std::size_t>::max());
}

}  // namespace marquee::notification
