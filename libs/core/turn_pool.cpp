#include "libs/core/turn_pool.h"

#include <algorithm>
#include <pthread.h>

#include "libs/core/job_stack.h"
#include "libs/core/turn.h"

namespace marquee::core {
namespace {

// After this long without a pause, what is to be done at one is done, and help is called for.
constexpr std::chrono::microseconds kRoundMax{200};

}  // namespace

// A thread and its turn. Everything is touched by that thread alone.
class TurnPool::Worker final : public Turn {
 public:
  explicit Worker(TurnPool& pool) : pool_(pool) {}

  void run() {
    here = this;
    while (pool_.wait_for_work(*this)) turn();
    here = nullptr;
  }

  std::shared_ptr<Gathering> open(const void* owner) override {
    for (const auto& item : gatherings_) {
      if (item.owner == owner) return item.gathering;
    }
    return nullptr;
  }

  void add(const void* owner, std::shared_ptr<Gathering> gathering) override {
    for (auto& item : gatherings_) {
      if (item.owner == owner) item.owner = nullptr;
    }
    gatherings_.push_back({owner, std::move(gathering)});
  }

  bool at_pause(const void* owner, std::function<void()> work) override {
    for (const auto& item : at_pause_) {
      if (item.owner == owner) return false;
    }
    at_pause_.push_back({owner, std::move(work)});
    return true;
  }

  void wait_for(const Gathering& gathering) override {
    running_->waits_for = &gathering;
    running_->stack.pause();
  }

  void pause() {
    // The work of a pause may block, and so pause again.
    while (!at_pause_.empty()) {
      auto works = std::exchange(at_pause_, {});
      for (auto& item : works) item.work();
    }
    paused_at_ = std::chrono::steady_clock::now();
  }

  void about_to_block() {
    pause();
    pool_.wake_for_the_rest();
  }

  Turn* turn_of_job() { return running_ != nullptr ? this : nullptr; }

  static thread_local Worker* here;

  // Of the pool, under its lock.
  std::condition_variable woken;
  bool on_the_way = false;

 private:
  struct Slot {
    JobStack stack;
    const Gathering* waits_for = nullptr;
  };
  struct Open {
    const void* owner;
    std::shared_ptr<Gathering> gathering;
  };
  struct AtPause {
    const void* owner;
    std::function<void()> work;
  };

  void turn() {
    paused_at_ = std::chrono::steady_clock::now();
    do {
      start_jobs();
      pause();
      gather();
    } while (!waiting_.empty());
    pause();
  }

  void start_jobs() {
    while (waiting_.size() < kTurnJobsMax) {
      Job job = pool_.take();
      if (!job) return;
      Slot& slot = free_slot();
      follow(slot, [&] { return slot.stack.start(std::move(job)); });
      if (std::chrono::steady_clock::now() - paused_at_ > kRoundMax) about_to_block();
    }
    pool_.wake_for_the_rest();
  }

  // Runs the gatherings of this round and lets those who waited for them go on.
  void gather() {
    auto round = std::exchange(gatherings_, {});
    for (auto& item : round) {
      item.gathering->run();
      auto waited = std::exchange(waiting_, {});
      for (Slot* slot : waited) {
        if (slot->waits_for == item.gathering.get()) {
          slot->waits_for = nullptr;
          follow(*slot, [slot] { return slot->stack.go_on(); });
        } else {
          waiting_.push_back(slot);
        }
      }
      pause();
    }
  }

  // Lets a job run until it ends or waits.
  template <typename Go>
  void follow(Slot& slot, Go go) {
    running_ = &slot;
    bool ended = go();
    running_ = nullptr;
    if (ended) {
      free_.push_back(&slot);
    } else {
      waiting_.push_back(&slot);
    }
  }

  Slot& free_slot() {
    if (free_.empty()) {
      slots_.push_back(std::make_unique<Slot>());
      return *slots_.back();
    }
    Slot* slot = free_.back();
    free_.pop_back();
    return *slot;
  }

  TurnPool& pool_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::vector<Slot*> waiting_;  // in the order in which they began to
  Slot* running_ = nullptr;
  std::vector<Open> gatherings_;
  std::vector<AtPause> at_pause_;
  std::chrono::steady_clock::time_point paused_at_;
};

thread_local TurnPool::Worker* TurnPool::Worker::here = nullptr;

TurnPool::TurnPool(std::string name, std::size_t threads, std::size_t queue_max)
    : name_(std::move(name)), queue_max_(queue_max) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Worker(*this).run(); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
}

TurnPool::~TurnPool() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (Worker* worker : idle_) worker->woken.notify_one();
  }
  for (auto& thread : threads_) thread.join();
}

bool TurnPool::post(Job job) {
  std::vector<Job> one;
  one.push_back(std::move(job));
  return post(one) == 1;
}

std::size_t TurnPool::post(std::vector<Job>& jobs) {
  std::unique_lock lock(mutex_);
  if (closing_) return 0;
  const std::size_t taken = std::min(jobs.size(), queue_max_ - std::min(queue_max_, jobs_.size()));
  for (std::size_t i = 0; i < taken; ++i) jobs_.push_back(std::move(jobs[i]));
  Worker* worker = next_to_wake_locked();
  lock.unlock();
  if (worker != nullptr) worker->woken.notify_one();
  return taken;
}

std::size_t TurnPool::queued() const {
  std::lock_guard lock(mutex_);
  return jobs_.size();
}

// Null when those who are on the way can take what is queued, or nobody sleeps.
TurnPool::Worker* TurnPool::next_to_wake_locked() {
  if (jobs_.empty() || idle_.empty() || waking_ * kTurnJobsMax >= jobs_.size()) return nullptr;
  Worker* worker = idle_.back();
  idle_.pop_back();
  worker->on_the_way = true;
  ++waking_;
  return worker;
}

void TurnPool::wake_for_the_rest() {
  std::unique_lock lock(mutex_);
  Worker* worker = next_to_wake_locked();
  lock.unlock();
  if (worker != nullptr) worker->woken.notify_one();
}

TurnPool::Job TurnPool::take() {
  std::lock_guard lock(mutex_);
  if (jobs_.empty()) return nullptr;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

bool TurnPool::wait_for_work(Worker& worker) {
  std::unique_lock lock(mutex_);
  while (!closing_ && jobs_.empty()) {
    idle_.push_back(&worker);
    worker.woken.wait(lock, [&] { return closing_ || worker.on_the_way; });
    if (std::exchange(worker.on_the_way, false)) {
      --waking_;
    } else {
      std::erase(idle_, &worker);
    }
  }
  return !jobs_.empty();
}

Turn* Turn::current() {
  auto* worker = TurnPool::Worker::here;
  return worker != nullptr ? worker->turn_of_job() : nullptr;
}

void Turn::about_to_block() {
  if (auto* worker = TurnPool::Worker::here) worker->about_to_block();
}

}  // namespace marquee::core
