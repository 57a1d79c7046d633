#include "tests/e2e/faults/dribble.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/testing/tcp.h"

namespace marquee::e2e {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr char kBeginning[] = "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
constexpr milliseconds kConnectTime{1'000};
constexpr milliseconds kByteEvery{500};
constexpr milliseconds kStep{2};
constexpr int kNice = 10;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// Of this thread alone, on Linux.
void lower_priority() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
}

bool send_all(int fd, const std::string& bytes) {
  return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(bytes.size());
}

// All that comes until the end of the connection or a while of nothing; `ended` tells which.
std::string receive_rest(int fd, bool& ended) {
  std::string received;
  char buffer[4096];
  for (;;) {
    pollfd entry{fd, POLLIN, 0};
    if (poll(&entry, 1, 100) <= 0) break;
    const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
    ended = size <= 0;
    if (ended) break;
    received.append(buffer, static_cast<std::size_t>(size));
  }
  return received;
}

}  // namespace

Dribble::Dribble(int port, int count) : port_(port), count_(count) {
  sockets_.reserve(static_cast<std::size_t>(count));
  thread_ = std::thread([this] { run(); });
}

Dribble::~Dribble() {
  stop();
  for (int fd : sockets_) close(fd);
}

void Dribble::stop() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
}

void Dribble::begin_one() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port_);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    send_all(fd, kBeginning);
  }
  sockets_.push_back(fd);
  ++begun_;
}

void Dribble::run() {
  lower_priority();
  const auto start = std::chrono::steady_clock::now();
  // How many connections, and bytes, there must have been by now.
  std::int64_t bytes_sent = 0;
  while (!over_) {
    const auto passed =
        std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start);
    const auto due = std::min<std::int64_t>(
        count_, count_ * passed.count() / microseconds(kConnectTime).count());
    while (begun_ < due) begin_one();
    const auto bytes_due =
        count_ * (passed - kConnectTime).count() / microseconds(kByteEvery).count();
    for (; complete() && bytes_sent < bytes_due; ++bytes_sent) {
      send_all(sockets_[static_cast<std::size_t>(bytes_sent % count_)], "x");
    }
    std::this_thread::sleep_for(kStep);
  }
}

int Dribble::cut_off() {
  stop();
  int count = 0;
  for (int fd : sockets_) {
    bool ended = false;
    const std::string received = receive_rest(fd, ended);
    count += ended && received.rfind("HTTP/1.1 408 ", 0) == 0 ? 1 : 0;
  }
  return count;
}

Sink::Sink() {
  listener_ = marquee::testing::listen_on_loopback(port_);
  fcntl(listener_, F_SETFL, O_NONBLOCK);
  thread_ = std::thread([this] { run(); });
}

Sink::~Sink() {
  over_ = true;
  thread_.join();
  close(listener_);
}

void Sink::run() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  auto watch = [epoll](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener_);
  std::vector<int> sockets;
  while (!over_) {
    epoll_event events[64];
    const int count = epoll_wait(epoll, events, 64, 100);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd != listener_) {
        char buffer[1024];
        if (recv(fd, buffer, sizeof buffer, 0) <= 0) epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
        continue;
      }
      const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0) continue;
      sockets.push_back(accepted);
      watch(accepted);
    }
  }
  for (int fd : sockets) close(fd);
  close(epoll);
}

}  // namespace marquee::e2e
