// Where one coroutine at a time waits for something that happens on its own thread, and is resumed
// by whatever makes it happen. For several coroutines, or other threads: one_shot.h.
#pragma once

#include <memory>

#include "gateway/asio.h"

namespace marquee::gateway {

class Waiter {
 public:
  Waiter();
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  net::awaitable<void> wait();
  // Nothing when nobody waits. The coroutine goes on within the call, so that nothing of what it
  // may destroy is to be touched afterwards;
  void resume();
  // or later, for who is in the middle of something else.
  void resume_later();

 private:
  friend struct StartWaiter;
  class Waiting;
  template <typename Handler>
  class WaitingHandler;
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace marquee::gateway
