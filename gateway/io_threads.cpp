#include "gateway/io_threads.h"

namespace marquee::gateway {

IoThreads::IoThreads(int count) {
  constexpr int kOneThreadRunsIt = 1;
  for (int i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<net::io_context>(kOneThreadRunsIt));
    guards_.emplace_back(contexts_.back()->get_executor());
  }
}

IoThreads::~IoThreads() {
  for (auto& thread : threads_) thread.join();
}

void IoThreads::start() {
  running_ = contexts_.size();
  for (auto& context : contexts_) {
    threads_.emplace_back([this, target = context.get()] {
      target->run();
      std::lock_guard lock(mutex_);
      --running_;
      ended_changed_.notify_all();
    });
  }
}

void IoThreads::release() {
  for (auto& guard : guards_) guard.reset();
}

bool IoThreads::wait_ended(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return ended_changed_.wait_for(lock, patience, [this] { return running_ == 0; });
}

}  // namespace marquee::gateway
