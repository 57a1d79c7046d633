#include "libs/core/deadline.h"

namespace marquee {

void Cancellation::cancel() {
  std::lock_guard lock(mutex_);
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  if (stop_) stop_();
}

Cancellation::Hook::Hook(Cancellation* cancellation, std::function<void()> stop)
    : cancellation_(cancellation) {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  if (cancellation_->cancelled()) {
    stop();
  } else {
    cancellation_->stop_ = std::move(stop);
  }
}

Cancellation::Hook::~Hook() {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->stop_ = nullptr;
}

}  // namespace marquee
