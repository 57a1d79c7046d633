#include "libs/db/group_commit.h"

#include <algorithm>

#include "libs/core/error.h"
#include "libs/core/turn.h"
#include "libs/db/tx.h"

namespace marquee::db {
namespace {

GroupCommit::Group group_of(const WriteQueue::Batch& batch) {
  GroupCommit::Group group;
  group.reserve(batch.size());
  for (QueuedWrite* write : batch) group.push_back(static_cast<GroupCommit::Write*>(write));
  return group;
}

// Nobody's going away stops what others wait for as well.
Deadline latest(const GroupCommit::Group& group) {
  Deadline::Time at{};
  for (const auto* write : group) at = std::max(at, write->deadline.at());
  return at;
}

void fail_all(const GroupCommit::Group& group, const std::exception_ptr& failure) {
  for (auto* write : group) write->fail(failure);
}

}  // namespace

// Those of the jobs of one turn.
class GroupCommit::TurnWrites : public core::Gathering {
 public:
  explicit TurnWrites(GroupCommit& owner) : owner_(owner) {}
  void add(Write& write) { writes_.push_back(&write); }
  void run() noexcept override { owner_.carry_out_all(writes_); }

 private:
  GroupCommit& owner_;
  WriteQueue::Batch writes_;
};

GroupCommit::GroupCommit(Attempt attempt)
    : attempt_(std::move(attempt)),
      queue_(kGroupMax, kGroupsAtOnce,
             [this](const WriteQueue::Batch& batch) { run(group_of(batch)); }) {}

void GroupCommit::carry_out(Write& write) {
  core::Turn* turn = core::Turn::current();
  if (turn == nullptr) {
    carry_out_all({&write});
  } else {
    auto writes = std::static_pointer_cast<TurnWrites>(turn->open(this));
    if (!writes) {
      writes = std::make_shared<TurnWrites>(*this);
      turn->add(this, writes);
    }
    writes->add(write);
    turn->wait_for(*writes);
  }
  if (write.failure) std::rethrow_exception(write.failure);
}

void GroupCommit::carry_out_all(const WriteQueue::Batch& writes) noexcept {
  queue_.carry_out(writes);
  const Group group = group_of(writes);
  for (Write* write : group) {
    if (write->rest_ == Write::Rest::kAlone) run_alone(*write, kGroupLockWait);
  }
  // Only those that are blocked themselves wait behind one that is.
  for (Write* write : group) {
    if (write->rest_ == Write::Rest::kPatient) run_alone(*write, kAnyLockWait);
  }
}

void GroupCommit::run(const Group& group) noexcept {
  if (group.size() == 1) return run_alone(*group.front(), kGroupLockWait);
  try {
    attempt_(latest(group), group, kGroupLockWait);
  } catch (const LockTimeout&) {
    for (Write* write : group) write->rest_ = Write::Rest::kAlone;
  } catch (const Error& error) {
    if (error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded) {
      return fail_all(group, std::current_exception());
    }
    for (Write* write : group) run_alone(*write, kGroupLockWait);
  } catch (...) {
    fail_all(group, std::current_exception());
  }
}

void GroupCommit::run_alone(Write& write, std::chrono::milliseconds lock_wait) noexcept {
  write.rest_ = Write::Rest::kNone;
  try {
    attempt_(write.deadline, {&write}, lock_wait);
  } catch (const LockTimeout&) {
    if (lock_wait == kAnyLockWait) return write.fail(std::current_exception());
    write.rest_ = Write::Rest::kPatient;
  } catch (...) {
    write.fail(std::current_exception());
  }
}

}  // namespace marquee::db
