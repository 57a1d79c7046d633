// Does the jobs that events leave (jobs_store.h), chunk by chunk: asks the movie service who cares
// about the film, tells them in one transaction a chunk, and after its commit their open devices. A
// process that dies loses no more than the announcement to devices of the chunk it had committed;
// the inbox has it. What fails is put off, longer each time, for ever: others go on meanwhile.
//
// Owned by NotificationService; a thread of its own.
#pragma once

#include <functional>

#include "libs/core/tally.h"
#include "libs/live/publisher.h"
#include "libs/rpc/channel.h"
#include "libs/users/user_directory.h"
#include "services/notification/config.h"
#include "services/notification/jobs_store.h"
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

  // There is a new one.
  void wake() { worker_.wake(); }
  void read(ops::Scrape& scrape) const;

 private:
  bool round();
  bool work(const Job& job);
  void tell(const Job& job);
  void announce(const Job& job, const std::string& actor, const std::vector<Told>& all);
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
  Worker worker_;
};

}  // namespace marquee::notification
