#include "libs/core/turn_pool.h"

#include <algorithm>
#include <atomic>
#include <pthread.h>

#include "libs/core/call_context.h"
#include "libs/core/job_stack.h"
#include "libs/core/turn.h"

namespace marquee::core {
namespace {

// After this long without a pause, what is to be done at one is done, and help is called for.
constexpr std::chrono::microseconds kRoundMax{200};

}  // namespace

// A thread and its turn. Touched by that thread alone, but for what says otherwise.
class TurnPool::Worker final : public Turn {
 public:
  explicit Worker(TurnPool& pool) : pool_(pool) {}

  void run() {
    here = this;
    while (pool_.wait_for_work(*this)) turn();
    slots_.clear();
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
    std::lock_guard lock(at_pause_mutex_);
    for (const auto& item : at_pause_) {
      if (item.owner == owner) return false;
    }
    at_pause_.push_back({owner, std::move(work)});
    return true;
  }

  void wait_for(const Gathering& gathering) override {
    running_->waits_for = &gathering;
    const CallContext* context = CallContext::exchange(nullptr);
    running_->stack.pause();
    CallContext::exchange(context);
  }

  void pause() {
    work_of_pause();
    paused_at_ = std::chrono::steady_clock::now();
  }

  void about_to_block() {
    doing_.store(nullptr, std::memory_order_relaxed);
    pause();
    pool_.wake_for_the_rest();
  }

  void doing(const char* name) {
    if (running_ == nullptr) return;
    running_->name = name;
    doing_.store(name, std::memory_order_relaxed);
  }

  // By the thread that watches: helps those who wait behind a job that it has seen before.
  void look_after() {
    const auto steps = steps_.load(std::memory_order_relaxed);
    const char* name = doing_.load(std::memory_order_relaxed);
    const bool long_since = std::exchange(steps_seen_, steps) == steps && name != nullptr;
    if (!long_since || steps_told_ == steps) return;
    const std::size_t waiting =
        waiting_count_.load(std::memory_order_relaxed) + pool_.queued() + work_of_pause();
    if (waiting == 0) return;
    steps_told_ = steps;
    pool_.wake_for_the_rest();
    if (pool_.held_up_) pool_.held_up_(name, waiting);
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
    const char* name = "";
  };
  struct Open {
    const void* owner;
    std::shared_ptr<Gathering> gathering;
  };
  struct AtPause {
    const void* owner;
    std::function<void()> work;
  };

  // Returns how much there was.
  std::size_t work_of_pause() {
    std::size_t done = 0;
    for (;;) {
      std::vector<AtPause> works;
      {
        std::lock_guard lock(at_pause_mutex_);
        works.swap(at_pause_);
      }
      if (works.empty()) return done;
      done += works.size();
      for (auto& item : works) item.work();
    }
  }

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
      slot.name = "";
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
    steps_.store(steps_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    doing_.store(slot.name, std::memory_order_relaxed);
    bool ended = go();
    doing_.store(nullptr, std::memory_order_relaxed);
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
  std::mutex at_pause_mutex_;
  std::vector<AtPause> at_pause_;  // under its lock
  std::chrono::steady_clock::time_point paused_at_;

  // What the thread that watches reads: how often a job was begun or went on, which one runs (null:
  // none, or it has said that it blocks), how many wait in this turn.
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<const char*> doing_{nullptr};
  std::atomic<std::size_t> waiting_count_{0};
  // Of the thread that watches.
  std::uint64_t steps_seen_ = 0;
  std::uint64_t steps_told_ = 0;
};

thread_local TurnPool::Worker* TurnPool::Worker::here = nullptr;

TurnPool::TurnPool(std::string name, std::size_t threads, std::size_t queue_max, HeldUp held_up)
    : name_(std::move(name)), queue_max_(queue_max), held_up_(std::move(held_up)) {
  for (std::size_t i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(*this));
  threads_.reserve(threads);
  for (const auto& worker : workers_) {
    threads_.emplace_back([target = worker.get()] { target->run(); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
  watch_ = std::thread([this] { watch(); });
  pthread_setname_np(watch_.native_handle(), (name_.substr(0, 9) + "-watch").c_str());
}

TurnPool::~TurnPool() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (Worker* worker : idle_) worker->woken.notify_one();
  }
  for (auto& thread : threads_) thread.join();
  {
    std::lock_guard lock(mutex_);
    watch_over_ = true;
    end_watch_.notify_one();
  }
  watch_.join();
}

// A job seen at two looks has run for as long as lies between them.
void TurnPool::watch() {
  std::unique_lock lock(mutex_);
  while (!end_watch_.wait_for(lock, kHeldUpAfter, [this] { return watch_over_; })) {
    lock.unlock();
    for (const auto& worker : workers_) worker->look_after();
    lock.lock();
  }
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

std::size_t TurnPool::idle() const {
  std::lock_guard lock(mutex_);
  return idle_.size();
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

void Turn::doing(const char* name) {
  if (auto* worker = TurnPool::Worker::here) worker->doing(name);
}

}  // namespace marquee::core
