#include "libs/db/waiters.h"

#include <algorithm>

#include "libs/db/unwanted.h"

namespace marquee::db {

void Waiter::give_up_if_unwanted() {
  if (!failure && is_unwanted(deadline)) fail(std::make_exception_ptr(unwanted(deadline)));
}

Wanted::Wanted(const std::vector<Waiter*>& waiters) {
  std::vector<Waiter*> live;
  bool cancellable = true;
  Deadline::Time latest{};
  for (Waiter* waiter : waiters) {
    waiter->give_up_if_unwanted();
    if (waiter->failure) continue;
    live.push_back(waiter);
    latest = std::max(latest, waiter->deadline.at());
    cancellable = cancellable && waiter->deadline.cancellation() != nullptr;
  }
  if (live.size() == 1) {
    deadline_ = live.front()->deadline;
    return;
  }
  if (live.empty() || !cancellable) {
    deadline_ = latest;
    return;
  }
  all_ = std::make_shared<Cancellation>();
  deadline_ = {latest, all_};
  waiting_ = static_cast<int>(live.size());
  for (Waiter* waiter : live) {
    hooks_.emplace_back(waiter->deadline.cancellation(), [this] {
      if (--waiting_ == 0) all_->cancel();
    });
  }
}

}  // namespace marquee::db
