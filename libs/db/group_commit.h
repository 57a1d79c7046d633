// Group commit: calls that write the same kind of thing share a transaction when they come while
// another is running. Each gets one answer, its own, after the commit:
//   - A group that fails leaves nothing behind and blames nobody: its members are tried one by one.
//     When one of them only waited too long for a lock, they are tried by the threads that wait for
//     them, so that a row which somebody holds does not hold up others; two of one key may then
//     overtake each other.
//   - A lost connection leaves it open whether the group was committed: UNAVAILABLE for each, and
//     no second try.
//   - Who gives up before the group begins is left out; later he is not: it is carried out, and the
//     call learns how it ended.
// The part of GroupWriter that does not depend on what is written. Any thread.
#pragma once

#include <chrono>

#include "libs/db/write_queue.h"

namespace marquee::db {

// Of one group: what more of them would save is little next to what they would wait.
inline constexpr std::size_t kGroupMax = 64;
// While one waits for the disk, the next is made.
inline constexpr std::size_t kGroupsAtOnce = 2;
// How long a group waits for locks of others before its members are tried alone.
inline constexpr std::chrono::milliseconds kGroupLockWait{200};
// For who is alone.
inline constexpr std::chrono::milliseconds kAnyLockWait{0};

class GroupCommit {
 public:
  struct Write : QueuedWrite {
    using QueuedWrite::QueuedWrite;

   private:
    friend class GroupCommit;
    enum class Rest { kNone, kAlone, kPatient };
    Rest rest_ = Rest::kNone;  // how it must be tried again
  };
  using Group = std::vector<Write*>;
  // Carries out a group in one transaction and leaves its answer with each; throws Error when that
  // failed as a whole: UNAVAILABLE when it is unknown whether it did, LockTimeout when a lock took
  // longer than `lock_wait`, which is kAnyLockWait for as long as the deadline allows.
  using Attempt =
      std::function<void(const Deadline&, const Group&, std::chrono::milliseconds lock_wait)>;

  explicit GroupCommit(Attempt attempt);

  // Returns when `write` was carried out; throws its error.
  void carry_out(Write& write);
  // How many wait for their group to begin.
  std::size_t waiting() const { return queue_.waiting(); }
  WriteQueueStats stats() const { return queue_.stats(); }

 private:
  class TurnWrites;

  void carry_out_all(const WriteQueue::Batch& writes) noexcept;
  void run(const Group& group) noexcept;
  void run_alone(Write& write, std::chrono::milliseconds lock_wait) noexcept;

  const Attempt attempt_;
  WriteQueue queue_;
};

}  // namespace marquee::db
