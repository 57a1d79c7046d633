// An event that happens once, on any thread, and that coroutines of any io_context wait for: the
// end of a gRPC call, of another request's flight, of a key fetch. Waiters resume on their own
// io_context, never on the thread that sets it.
//
// A waiting coroutine is owned by the event: who creates an event makes sure that set() is called,
// also when the gateway stops.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "gateway/asio.h"

namespace marquee::gateway {

class OneShot {
 public:
  OneShot() = default;
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;

  void set();
  bool is_set() const;
  // Returns at once when it has happened. The event must outlive the wait.
  net::awaitable<void> wait();

 private:
  friend struct StartWaiting;
  void enqueue(std::function<void()> resume);

  mutable std::mutex mutex_;
  bool set_ = false;
  std::vector<std::function<void()>> waiters_;
};

}  // namespace marquee::gateway
