#include "gateway/connection_watch.h"

#include <algorithm>

namespace marquee::gateway {
namespace {

constexpr std::chrono::milliseconds kTick{100};
// So many at once, then others get their turn; more only where thousands wait.
constexpr std::size_t kWakesAtOnce = 2;
constexpr std::size_t kWakesShare = 1'024;
constexpr std::chrono::milliseconds kBreath{1};
constexpr std::chrono::milliseconds kRestsAfter{1'000};

}  // namespace

WatchedSocket::WatchedSocket(net::ip::tcp::socket accepted, ConnectionWatch& watch)
    : socket(std::move(accepted)), watch_(watch) {
  watch_.sockets_.insert(this);
}

WatchedSocket::~WatchedSocket() {
  watch_.sockets_.erase(this);
}

void WatchedSocket::expires_after(std::chrono::milliseconds time) {
  // The latest look may be a tick ago.
  deadline_ = watch_.now_ + time + kTick;
  timed_out_ = false;
}

void WatchedSocket::never_expires() {
  deadline_ = Time::max();
}

void WatchedSocket::set_idle(bool idle) {
  idle_ = idle;
  rests_ = false;
  since_ = watch_.now_;
}

void WatchedSocket::set_entering(bool entering) {
  entering_ = entering;
  since_ = watch_.now_;
}

void WatchedSocket::set_waiting(Abort* abort) {
  waiting_ = abort;
  since_ = watch_.now_;
}

void WatchedSocket::pause_ends_after(std::chrono::milliseconds time) {
  pause_ends_ = watch_.now_ + time;
}

void ConnectionWatch::start() {
  now_ = std::chrono::steady_clock::now();
  timer_.expires_after(due_.empty() ? kTick : kBreath);
  timer_.async_wait([this](boost::system::error_code) {
    if (stopped_) return;
    if (due_.empty()) {
      tick();
    } else {
      now_ = std::chrono::steady_clock::now();
      wake_some();
    }
    start();
  });
}

void ConnectionWatch::tick() {
  now_ = std::chrono::steady_clock::now();
  for (WatchedSocket* watched : sockets_) {
    if (is_due(*watched)) {
      due_.push_back(watched);
    } else if (watched->waiting_ != nullptr && now_ - watched->since_ >= kTick) {
      waiting_.push_back(watched);
    }
  }
  wake_some();
  abort_for_the_gone();
}

bool ConnectionWatch::rests(const WatchedSocket& watched) const {
  return watched.idle_ && now_ - watched.since_ >= kRestsAfter;
}

bool ConnectionWatch::ends_with_drain(const WatchedSocket& watched) const {
  return draining_ && (watched.idle_ || watched.entering_) && now_ - watched.since_ >= kRestsAfter;
}

bool ConnectionWatch::is_due(const WatchedSocket& watched) const {
  return watched.deadline_ <= now_ || watched.pause_ends_ <= now_ || ends_with_drain(watched) ||
         (rests(watched) && !watched.rests_);
}

void ConnectionWatch::wake_some() {
  const std::size_t most = std::max(kWakesAtOnce, due_.size() / kWakesShare);
  for (std::size_t count = 0; count < most && !due_.empty();) {
    WatchedSocket* watched = due_.back();
    due_.pop_back();
    if (!sockets_.contains(watched) || !is_due(*watched)) continue;
    wake(*watched);
    ++count;
  }
}

void ConnectionWatch::wake(WatchedSocket& watched) {
  boost::system::error_code ignored;
  watched.pause_ends_ = Time::max();
  const bool late = watched.deadline_ <= now_;
  if (late || ends_with_drain(watched)) {
    // A request that has come at the last moment is read.
    if (watched.idle_ && watched.socket.available(ignored) > 0) return;
    watched.timed_out_ = late;
  } else if (watched.idle_) {
    watched.rests_ = true;
  }
  watched.socket.cancel(ignored);
}

// What an abort wakes may end connections, so it comes after the walk over all of them: a
// connection that waits is there until its own coroutine goes on, later on this thread.
void ConnectionWatch::abort_for_the_gone() {
  if (waiting_.empty()) return;
  for (WatchedSocket* watched : waiting_) {
    polled_.push_back({watched->socket.native_handle(), POLLRDHUP, 0});
  }
  if (::poll(polled_.data(), polled_.size(), 0) > 0) {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (polled_[i].revents == 0 || !sockets_.contains(waiting_[i])) continue;
      if (Abort* abort = std::exchange(waiting_[i]->waiting_, nullptr)) abort->fire();
    }
  }
  waiting_.clear();
  polled_.clear();
}

void ConnectionWatch::drain() {
  draining_ = true;
  tick();
}

void ConnectionWatch::close_all() {
  boost::system::error_code ignored;
  for (WatchedSocket* watched : sockets_) watched->socket.close(ignored);
}

void ConnectionWatch::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace marquee::gateway
