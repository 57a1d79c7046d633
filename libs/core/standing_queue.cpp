#include "libs/core/standing_queue.h"

namespace marquee::core {

// Threads that meet at a window's end may count one wait for the wrong window: it does not matter.
bool StandingQueue::refuses(Duration waited, Time now) {
  if (wait_max_ == Duration::zero()) return false;
  const auto at = now.time_since_epoch().count();
  auto ends = window_ends_.load(std::memory_order_relaxed);
  if (at >= ends && window_ends_.compare_exchange_strong(ends, at + Duration(kWindow).count(),
                                                         std::memory_order_relaxed)) {
    const auto luckiest = luckiest_.exchange(kNone, std::memory_order_relaxed);
    const bool too_long = too_long_.exchange(false, std::memory_order_relaxed);
    const bool all_long = luckiest != kNone && Duration(luckiest) > wait_max_ / 2;
    const bool stood = stands_.load(std::memory_order_relaxed);
    stands_.store(all_long || (stood && too_long), std::memory_order_relaxed);
  }
  auto luckiest = luckiest_.load(std::memory_order_relaxed);
  while (waited.count() < luckiest &&
         !luckiest_.compare_exchange_weak(luckiest, waited.count(), std::memory_order_relaxed)) {
  }
  if (waited <= wait_max_) return false;
  too_long_.store(true, std::memory_order_relaxed);
  return stands_.load(std::memory_order_relaxed);
}

}  // namespace marquee::core
