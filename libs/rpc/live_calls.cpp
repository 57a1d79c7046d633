#include "libs/rpc/live_calls.h"

#include <grpcpp/client_context.h>

namespace marquee::rpc {

LiveCalls::LiveCalls(std::shared_ptr<Poller> poller)
    : poller_(poller ? std::move(poller) : std::make_shared<Poller>()) {}

void LiveCalls::add(grpc::ClientContext& context) {
  std::lock_guard lock(mutex_);
  contexts_.insert(&context);
}

void LiveCalls::remove(grpc::ClientContext& context, std::shared_ptr<void> call) {
  std::lock_guard lock(mutex_);
  ended_.push_back(std::move(call));
  contexts_.erase(&context);
  // Under the lock: whoever waits may destroy this as soon as it is released.
  if (contexts_.empty()) none_left_.notify_all();
}

void LiveCalls::bury() {
  std::vector<std::shared_ptr<void>> ended;
  std::lock_guard lock(mutex_);
  // Destroyed after the lock is released.
  ended.swap(ended_);
}

void LiveCalls::end(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock(mutex_);
    auto none_left = [this] { return contexts_.empty(); };
    if (!none_left_.wait_for(lock, patience, none_left)) {
      for (auto* context : contexts_) context->TryCancel();
      none_left_.wait(lock, none_left);
    }
  }
  bury();
}

}  // namespace marquee::rpc
