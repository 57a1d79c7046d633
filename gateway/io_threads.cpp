#include "gateway/io_threads.h"

#include "gateway/per_core.h"

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
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    threads_.emplace_back([this, i] {
      set_this_core(i);
      contexts_[i]->run();
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
