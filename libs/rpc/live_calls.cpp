#include "libs/rpc/live_calls.h"

#include <grpcpp/client_context.h>

namespace marquee::rpc {

void LiveCalls::add(grpc::ClientContext& context) {
  std::lock_guard lock(mutex_);
  contexts_.insert(&context);
}

void LiveCalls::remove(grpc::ClientContext& context) {
  std::lock_guard lock(mutex_);
  contexts_.erase(&context);
  // Under the lock: whoever waits may destroy this as soon as it is released.
  if (contexts_.empty()) none_left_.notify_all();
}

void LiveCalls::end(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  auto none_left = [this] { return contexts_.empty(); };
  if (none_left_.wait_for(lock, patience, none_left)) return;
  for (auto* context : contexts_) context->TryCancel();
  none_left_.wait(lock, none_left);
}

}  // namespace marquee::rpc
