#include "services/notification/worker.h"

#include "libs/core/log.h"

namespace marquee::notification {

Worker::Worker(std::string name, std::chrono::milliseconds every, std::function<bool()> round,
               std::chrono::milliseconds gather)
    : name_(std::move(name)),
      every_(every),
      round_(std::move(round)),
      gather_(gather),
      thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Worker::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

bool Worker::more() {
  try {
    return round_();
  } catch (const std::exception& error) {
    log::warn("round failed", {{"worker", name_}, {"error", error.what()}});
    return false;
  }
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    woken_ = false;
    const auto begun = std::chrono::steady_clock::now();
    lock.unlock();
    const bool again = more();
    lock.lock();
    if (again) continue;
    changed_.wait_for(lock, every_, [this] { return ending_ || woken_; });
    changed_.wait_until(lock, begun + gather_, [this] { return ending_; });
  }
}

}  // namespace marquee::notification
