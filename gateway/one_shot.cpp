#include "gateway/one_shot.h"

#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>

namespace marquee::gateway {

// Stateless, and given the event as an argument: g++ 12 frees captures of such objects twice.
struct StartWaiting {
  template <typename Handler>
  void operator()(Handler&& handler, OneShot* event) const {
    auto executor = net::get_associated_executor(handler);
    auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
    event->enqueue(
        [executor, shared] { net::post(executor, [shared] { std::move (*shared)(); }); });
  }
};

void OneShot::set() {
  std::vector<std::function<void()>> waiters;
  {
    std::lock_guard lock(mutex_);
    if (set_) return;
    set_ = true;
    waiters.swap(waiters_);
  }
  for (const auto& resume : waiters) resume();
}

bool OneShot::is_set() const {
  std::lock_guard lock(mutex_);
  return set_;
}

void OneShot::enqueue(std::function<void()> resume) {
  {
    std::lock_guard lock(mutex_);
    if (!set_) {
      waiters_.push_back(std::move(resume));
      return;
    }
  }
  resume();
}

net::awaitable<void> OneShot::wait() {
  if (is_set()) co_return;
  co_await net::async_initiate<const net::use_awaitable_t<>, void()>(StartWaiting(),
                                                                     net::use_awaitable, this);
}

}  // namespace marquee::gateway
