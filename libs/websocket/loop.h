// What the connections of one I/O thread share: the buffer they read into, so that an idle one
// holds none; the list of those that have something to send when this turn of the loop ends; and a
// wheel of alarms with one timer. Owned by the thread's owner, outlives its connections; one
// thread, but for guests().
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "libs/rpc/deadline_wheel.h"

namespace marquee::websocket {

class Loop {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Noticed some 10 ms late, never early. What has one may end any time.
  class Alarm : public rpc::DeadlineWheel::Entry {
   public:
    Alarm() = default;
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    virtual ~Alarm() { rpc::DeadlineWheel::remove(*this); }
    virtual void on_alarm(Time now) = 0;
  };

  class Flushed {
   public:
    virtual ~Flushed() = default;
    // At the end of the turn in which flush_later() was called, once.
    virtual void flush() = 0;
  };

  // What is open on this thread and cut off when the loop stops.
  class Guest {
   public:
    virtual ~Guest() = default;
    virtual void cut_off() = 0;
  };

  explicit Loop(boost::asio::io_context& context);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Time now() const { return std::chrono::steady_clock::now(); }
  // Instead of what was set before; Time::max(): never.
  void wake_at(Alarm& alarm, Time due);
  void flush_later(Flushed& flushed);
  // To be called before one that waits for its flush() ends.
  void never_flush(Flushed& flushed);
  std::span<char> read_buffer() { return {buffer_.get(), kReadBytes}; }

  void add(Guest& guest);
  void remove(Guest& guest);
  // How many there are; any thread.
  int guests() const { return guest_count_.load(std::memory_order_relaxed); }

  // Cuts off all guests; no more alarms.
  void stop();

 private:
  static constexpr std::size_t kReadBytes = 64 * 1024;
  void arm(Time due);
  void ring();
  void flush_all();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  rpc::DeadlineWheel wheel_;
  Time armed_for_ = Time::max();
  bool stopped_ = false;
  std::unique_ptr<char[]> buffer_;
  std::vector<Flushed*> dirty_;
  std::vector<Flushed*> flushing_;
  std::unordered_set<Guest*> guests_;
  std::atomic<int> guest_count_{0};
};

}  // namespace marquee::websocket
