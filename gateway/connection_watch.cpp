#include "gateway/connection_watch.h"

namespace marquee::gateway {
namespace {

constexpr std::chrono::milliseconds kTick{100};

}  // namespace

WatchedSocket::WatchedSocket(net::ip::tcp::socket accepted, ConnectionWatch& watch)
    : socket(std::move(accepted)), watch_(watch) {
  watch_.sockets_.insert(this);
}

WatchedSocket::~WatchedSocket() {
  watch_.sockets_.erase(this);
}

void WatchedSocket::expires_after(std::chrono::milliseconds time) {
  deadline_ = std::chrono::steady_clock::now() + time;
  timed_out_ = false;
}

void WatchedSocket::never_expires() {
  deadline_ = std::chrono::steady_clock::time_point::max();
}

void ConnectionWatch::start() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code) {
    if (stopped_) return;
    tick();
    start();
  });
}

void ConnectionWatch::tick() {
  auto now = std::chrono::steady_clock::now();
  boost::system::error_code ignored;
  for (WatchedSocket* watched : sockets_) {
    if (watched->deadline_ <= now) {
      watched->timed_out_ = true;
      watched->socket.cancel(ignored);
    } else if (draining_ && watched->idle_) {
      watched->socket.cancel(ignored);
    }
  }
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
