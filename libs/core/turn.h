// What lets calls that run at the same time pay for something together. A TurnPool's thread runs up
// to kTurnJobsMax jobs in one turn: each goes until it ends or waits for a Gathering; when none can
// go on, the gatherings are run, each once for all who wait for it, and the waiting jobs go on. A
// job alone never waits for others.
//
// For code that waits (libs/db/loader.h) and code that blocks. A turn belongs to one thread; its
// jobs never run at the same time as each other, never move to another thread, and may take turns
// only inside wait_for().
#pragma once

#include <functional>
#include <memory>

namespace marquee::core {

// Something that several jobs of a turn need, such as one query for all their keys.
class Gathering {
 public:
  virtual ~Gathering() = default;
  // Called once, while all jobs that wait for it are suspended; must not throw.
  virtual void run() noexcept = 0;
};

class Turn {
 public:
  // The turn of the job that is running on this thread; null outside of jobs.
  static Turn* current();
  // To be called by a job before it blocks its thread (a query, a call): jobs that are queued
  // behind it are then taken by another thread. Nothing happens outside of jobs.
  static void about_to_block();
  // What the running job is to be called when it holds up others; `name` outlives the pool.
  static void doing(const char* name);

  // The gathering that `owner` has open in this turn; null when it has none.
  virtual std::shared_ptr<Gathering> open(const void* owner) = 0;
  // Makes `gathering` the open one of `owner`. It is run at the end of this turn's round, and is
  // open until then, or until another takes its place (which leaves it to be run).
  virtual void add(const void* owner, std::shared_ptr<Gathering> gathering) = 0;
  // Has `work` done as soon as the turn pauses: before it blocks, before its gatherings, at its
  // end, or after a moment; on this thread, unless a job holds it up. Once for each owner; false
  // when there is one waiting.
  virtual bool at_pause(const void* owner, std::function<void()> work) = 0;
  // Suspends the running job until `gathering`, added in this turn, has run.
  virtual void wait_for(const Gathering& gathering) = 0;

 protected:
  ~Turn() = default;
};

}  // namespace marquee::core
