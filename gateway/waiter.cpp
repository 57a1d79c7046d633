#include "gateway/waiter.h"

#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>

namespace marquee::gateway {

class Waiter::Waiting {
 public:
  virtual ~Waiting() = default;
  virtual void resume() = 0;
  virtual void resume_later() = 0;
};

template <typename Handler>
class Waiter::WaitingHandler final : public Waiting {
 public:
  explicit WaitingHandler(Handler&& handler) : handler_(std::move(handler)) {}
  void resume() override {
    Handler handler = std::move(handler_);
    handler();
  }
  void resume_later() override {
    auto executor = net::get_associated_executor(handler_);
    net::post(executor, std::move(handler_));
  }

 private:
  Handler handler_;
};

// Stateless, and given the waiter as an argument: g++ 12 frees captures of such objects twice.
struct StartWaiter {
  template <typename Handler>
  void operator()(Handler&& handler, Waiter* waiter) const {
    using Stored = Waiter::WaitingHandler<std::decay_t<Handler>>;
    waiter->waiting_ = std::make_unique<Stored>(std::forward<Handler>(handler));
  }
};

Waiter::Waiter() = default;
Waiter::~Waiter() = default;

net::awaitable<void> Waiter::wait() {
  co_await net::async_initiate<const net::use_awaitable_t<>, void()>(StartWaiter(),
                                                                     net::use_awaitable, this);
}

void Waiter::resume() {
  if (auto waiting = std::move(waiting_)) waiting->resume();
}

void Waiter::resume_later() {
  if (auto waiting = std::move(waiting_)) waiting->resume_later();
}

}  // namespace marquee::gateway
