// Until when a piece of work is wanted, passed down from the call to whatever may block. Work that
// nobody waits for any more (its client has gone) is cancelled through the same object, so that
// every place that minds its deadline minds that too.
//
//   pool.read(call.deadline(), ...);                        // cancels the SQL statement as well
//   Deadline soon = std::chrono::steady_clock::now() + 2s;  // of nobody: cannot be cancelled
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace marquee {

// Shared by who asks and who works. Any thread.
class Cancellation {
 public:
  // Once; runs the hook that is set.
  void cancel();
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  // While it lives, cancel() calls `stop` (at once when it was called before). Its end waits for a
  // `stop` that is running. One at a time.
  class Hook {
   public:
    // `cancellation` may be null: then nothing happens.
    Hook(Cancellation* cancellation, std::function<void()> stop);
    ~Hook();
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;

   private:
    Cancellation* cancellation_;
  };

 private:
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;  // held while a hook runs
  std::function<void()> stop_;
};

class Deadline {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Deadline() = default;
  // Implicit: a point in time is a deadline.
  Deadline(Time at) : at_(at) {}  // NOLINT(google-explicit-constructor)
  Deadline(Time at, std::shared_ptr<Cancellation> cancellation)
      : at_(at), cancellation_(std::move(cancellation)) {}

  Time at() const { return at_; }
  bool cancelled() const { return cancellation_ && cancellation_->cancelled(); }
  // Null when it cannot be cancelled.
  Cancellation* cancellation() const { return cancellation_.get(); }
  // The same work with at most `time` from now.
  Deadline within(std::chrono::milliseconds time) const {
    return {std::min(at_, std::chrono::steady_clock::now() + time), cancellation_};
  }

 private:
  Time at_{};
  std::shared_ptr<Cancellation> cancellation_;
};

// Never negative; 0 once cancelled.
inline std::chrono::milliseconds time_left(const Deadline& deadline) {
  if (deadline.cancelled()) return std::chrono::milliseconds(0);
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline.at() - std::chrono::steady_clock::now());
  return left.count() > 0 ? left : std::chrono::milliseconds(0);
}

}  // namespace marquee
