// The open connections of one I/O thread and the moments at which each must have come further. One
// timer looks through all of them ten times a second, which costs less than arming a timer for each
// read and write, and leaves a connection usable after its time is up, to say so (408). It also
// notices clients that went away while their request is answered, and lets connections rest that
// have been idle for a while. What many connections are woken for at the same moment is spread, so
// that a thousand of them that time out hold up nobody. Touched by its own thread alone.
#pragma once

#include <chrono>
#include <poll.h>
#include <unordered_set>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/abort.h"
#include "gateway/asio.h"

namespace marquee::gateway {

class ConnectionWatch;

// A socket under watch; owned by the coroutine that serves it.
class WatchedSocket {
 public:
  WatchedSocket(net::ip::tcp::socket accepted, ConnectionWatch& watch);
  ~WatchedSocket();
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  // What is waited for now must be done within `time` (give or take two looks), else it ends with
  // operation_aborted.
  void expires_after(std::chrono::milliseconds time);
  void never_expires();
  bool timed_out() const { return timed_out_; }
  // Whether it waits for a request of which nothing has come. After a while of that, what it waits
  // for ends with operation_aborted and rests() is true until the next call.
  void set_idle(bool idle);
  // Whether it is being let in: where connections are drained, it has a moment for that.
  void set_entering(bool entering);
  bool rests() const { return rests_; }
  // What waits for it to be readable ends after `time` with operation_aborted, though its time is
  // not up.
  void pause_ends_after(std::chrono::milliseconds time);
  // Fires `abort` when the client goes away from now on; null: no longer.
  void set_waiting(Abort* abort);

  net::ip::tcp::socket socket;

 private:
  friend class ConnectionWatch;
  using Time = std::chrono::steady_clock::time_point;
  ConnectionWatch& watch_;
  Time deadline_ = Time::max();
  Time pause_ends_ = Time::max();
  Time since_{};  // idle, entering or waiting
  Abort* waiting_ = nullptr;
  bool timed_out_ = false;
  bool idle_ = false;
  bool entering_ = false;
  bool rests_ = false;
};

class ConnectionWatch {
 public:
  explicit ConnectionWatch(net::io_context& context) : timer_(context) {}

  void start();
  // Connections that have been idle or entering for a while end now, others with their next answer
  // or when they have been: what a client is about to send on one is answered.
  void drain();
  bool draining() const { return draining_; }
  // Cuts all connections off.
  void close_all();
  // Ends the timer; connections that are left no longer time out.
  void stop();
  std::size_t size() const { return sockets_.size(); }

 private:
  friend class WatchedSocket;
  using Time = std::chrono::steady_clock::time_point;
  void tick();
  bool rests(const WatchedSocket& watched) const;
  bool ends_with_drain(const WatchedSocket& watched) const;
  bool is_due(const WatchedSocket& watched) const;
  void wake(WatchedSocket& watched);
  void wake_some();
  void abort_for_the_gone();

  net::steady_timer timer_;
  std::unordered_set<WatchedSocket*> sockets_;
  Time now_ = std::chrono::steady_clock::now();  // of the latest look: asking costs nothing
  std::vector<WatchedSocket*> due_;              // to be woken; may be gone by then
  std::vector<WatchedSocket*> waiting_;          // of one look
  std::vector<pollfd> polled_;
  bool draining_ = false;
  bool stopped_ = false;
};

}  // namespace marquee::gateway
