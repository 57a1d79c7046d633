// A stack of its own on which a job can pause, so that a plain function may wait for something
// without holding its thread. Built on Boost.Context; tells AddressSanitizer and ThreadSanitizer of
// each change of stack, and keeps the job's exceptions in flight its own. Used by TurnPool.
//
// One thread for its whole life. Stacks are reserved, not committed: an idle one costs a few pages.
#pragma once

#include <functional>
#include <memory>

namespace marquee::core {

class JobStack {
 public:
  JobStack();
  // Not while a job is paused.
  ~JobStack();
  JobStack(const JobStack&) = delete;
  JobStack& operator=(const JobStack&) = delete;

  // Runs `job`, which must not throw, until it ends (true) or pauses (false).
  bool start(std::function<void()> job);
  // Lets the paused job go on, until it ends (true) or pauses again (false).
  bool go_on();
  // Called by the job: gives control back to whoever called start() or go_on().
  void pause();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::core
