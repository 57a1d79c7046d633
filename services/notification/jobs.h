// Does the jobs that events leave (jobs_store.h), chunk by chunk: those that this process has just
// added, which come with their claims, and those that nobody is at. Asks the movie service who
// cares about the films of all that are due, tells them in one transaction a chunk, and after its
// commit their open devices. Jobs of one film keep their order. A process that dies loses no more
// than the announcement to devices of the chunk it had committed; the inbox has it. What fails
// together is tried one by one; what fails alone is put off, longer each time, for ever: others go
// on meanwhile.
//
// Owned by NotificationService; a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include "libs/core/tally.h"
#include "libs/live/publisher.h"
#include "libs/rpc/channel.h"
#include "libs/users/user_directory.h"
#include "services/notification/config.h"
#include "services/notification/held_jobs.h"
#include "services/notification/jobs_store.h"
#include "services/notification/notification_text.h"
#include "services/notification/worker.h"

namespace marquee::ops {
class Scrape;
}

namespace marquee::notification {

class Jobs {
 public:
  // Where a test may end the process.
  enum class Step { kClaimed, kAsked, kCommitted };
  using AtStep = std::function<void(Step)>;
  // `mails_due`: called after mails were queued.
  Jobs(const JobsStore& store, rpc::Channel& movie, users::UserDirectory& users,
       live::Publisher& live, const Config& config, std::function<void()> mails_due,
       AtStep at_step = {});
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // How long who adds jobs now shall claim them for this object; 0: not at all, it has enough.
  std::chrono::milliseconds lease() const;
  // They were added, and claimed for lease().
  void take(const std::vector<Job>& jobs);
  // There is one that nobody has claimed.
  void wake();
  void read(ops::Scrape& scrape) const;

 private:
  bool round();
  // The oldest of what is held and, now and then, of what nobody is at.
  std::vector<Job> due();
  bool must_look();
  // All together, or else one by one. False when a neighbour is away, so that others would fail
  // too.
  bool attempt(const std::vector<Job>& jobs);
  void work(const std::vector<Job>& jobs);
  void put_off(const std::vector<Job>& jobs, const Error& error);
  void tell(const std::vector<Job>& jobs);
  // Those whose film is gone end here.
  std::vector<Telling> ask(const rpc::Call& call, const std::vector<Job>& jobs);
  void announce(const std::vector<Telling>& tellings, const Names& actors,
                const std::vector<Told>& all);
  void count_waiting();
  void at(Step step) const {
    if (at_step_) at_step_(step);
  }

  const JobsStore& store_;
  rpc::Channel& movie_;
  users::UserDirectory& users_;
  live::Publisher& live_;
  const Config& config_;
  const std::function<void()> mails_due_;
  const AtStep at_step_;
  core::Tally told_;
  core::Tally failed_;
  std::atomic<std::int64_t> waiting_{0};
  HeldJobs held_;
  std::atomic<bool> unclaimed_{false};  // there may be some
  // The worker's:
  std::chrono::steady_clock::time_point counted_at_;
  std::chrono::steady_clock::time_point looked_at_;
  Worker worker_;
};

}  // namespace marquee::notification
