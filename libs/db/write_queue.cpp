#include "libs/db/write_queue.h"

#include <algorithm>

#include "libs/core/turn.h"

namespace marquee::db {

// A thread and what it waits for; under the queue's lock.
struct Party {
  std::size_t unsettled = 0;
  bool asleep = false;
  bool called = false;  // to run a batch
  std::condition_variable changed;
};

WriteQueue::WriteQueue(std::size_t batch_max, std::size_t batches_max, Run run)
    : batch_max_(batch_max), batches_max_(batches_max), run_(std::move(run)) {}

WriteQueue::~WriteQueue() = default;

void WriteQueue::carry_out(const Batch& writes) {
  Party party;
  party.unsettled = writes.size();
  bool help_called = false;
  const auto now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (QueuedWrite* write : writes) {
    write->party_ = &party;
    write->since_ = now;
    write->waits_ = true;
    waiting_.push_back(write);
  }
  while (party.unsettled > 0) {
    if (may_begin_locked()) {
      run_next(lock);
    } else if (!help_called) {
      help_called = true;
      lock.unlock();
      core::Turn::about_to_block();
      lock.lock();
    } else {
      wait(lock, party, writes);
    }
  }
  call_a_leader_locked();
}

void WriteQueue::wait(std::unique_lock<std::mutex>& lock, Party& party, const Batch& writes) {
  auto until = give_up_locked(writes);
  if (party.unsettled == 0) return;
  party.asleep = true;
  if (until == Deadline::Time::max()) {
    party.changed.wait(lock);
  } else {
    party.changed.wait_until(lock, until);
  }
  party.asleep = false;
  party.called = false;
}

std::size_t WriteQueue::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

WriteQueueStats WriteQueue::stats() const {
  std::lock_guard lock(mutex_);
  return {waiting_.size(), batches_, batches_begun_, writes_begun_, gave_up_, waits_.read()};
}

bool WriteQueue::may_begin_locked() const {
  return batches_ < batches_max_ && waiting_.size() >= running_keys_.size() &&
         std::any_of(waiting_.begin(), waiting_.end(), [this](const QueuedWrite* write) {
           return !running_keys_.contains(write->key);
         });
}

WriteQueue::Batch WriteQueue::take_locked() {
  Batch batch;
  std::deque<QueuedWrite*> left;
  const auto now = std::chrono::steady_clock::now();
  for (QueuedWrite* write : waiting_) {
    write->give_up_if_unwanted();
    if (write->failure) {
      ++gave_up_;
      settle_locked(*write);
    } else if (batch.size() < batch_max_ && running_keys_.insert(write->key).second) {
      write->waits_ = false;
      waits_.add(now - write->since_);
      batch.push_back(write);
    } else {
      left.push_back(write);
    }
  }
  waiting_.swap(left);
  return batch;
}

void WriteQueue::run_next(std::unique_lock<std::mutex>& lock) {
  Batch batch = take_locked();
  if (batch.empty()) return;
  ++batches_;
  ++batches_begun_;
  writes_begun_ += batch.size();
  call_a_leader_locked();
  lock.unlock();
  run_(batch);
  lock.lock();
  --batches_;
  for (QueuedWrite* write : batch) {
    running_keys_.erase(write->key);
    settle_locked(*write);
  }
}

void WriteQueue::settle_locked(QueuedWrite& write) {
  write.waits_ = false;
  // Told under the lock: who waits may be gone as soon as it is released.
  if (--write.party_->unsettled == 0 && write.party_->asleep) write.party_->changed.notify_one();
}

Deadline::Time WriteQueue::give_up_locked(const Batch& writes) {
  auto next = Deadline::Time::max();
  for (QueuedWrite* write : writes) {
    if (!write->waits_) continue;
    write->give_up_if_unwanted();
    if (write->failure) {
      std::erase(waiting_, write);
      ++gave_up_;
      settle_locked(*write);
    } else {
      next = std::min(next, write->deadline.at());
    }
  }
  return next;
}

void WriteQueue::call_a_leader_locked() {
  if (!may_begin_locked()) return;
  for (QueuedWrite* write : waiting_) {
    Party& party = *write->party_;
    if (!party.asleep || running_keys_.contains(write->key)) continue;
    if (!party.called) party.changed.notify_one();
    party.called = true;
    return;
  }
}

}  // namespace marquee::db
