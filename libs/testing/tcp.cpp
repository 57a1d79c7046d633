#include "libs/testing/tcp.h"

#include <arpa/inet.h>
#include <deque>
#include <fcntl.h>
#include <list>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace marquee::testing {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int connect_to(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

bool readable(int fd, std::chrono::milliseconds patience) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, static_cast<int>(patience.count())) > 0;
}

// One direction of a forwarded connection: what was read and when it may be written.
struct Flow {
  int from;
  int to;
  bool towards_client;
  std::deque<std::pair<SteadyTime, std::string>> held;

  // False when the connection has ended.
  bool read(TcpGate::Mode mode, std::chrono::milliseconds delay) {
    char buffer[16384];
    ssize_t count = recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    std::string bytes(buffer, static_cast<std::size_t>(count));
    auto due = std::chrono::steady_clock::now();
    if (towards_client && mode == TcpGate::Mode::kCorrupt) {
      for (char& c : bytes) c = static_cast<char>(~c);
    }
    if (towards_client && mode == TcpGate::Mode::kDelay) due += delay;
    held.emplace_back(due, std::move(bytes));
    return true;
  }

  bool write() {
    while (!held.empty() && held.front().first <= std::chrono::steady_clock::now()) {
      const std::string& bytes = held.front().second;
      if (send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(bytes.size())) {
        return false;
      }
      held.pop_front();
    }
    return true;
  }
};

struct Pair {
  Pair(int client_fd, int server_fd) : client(client_fd), server(server_fd) {}
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int client;
  int server;
  Flow up{client, server, false, {}};
  Flow down{server, client, true, {}};
  ~Pair() {
    close(client);
    close(server);
  }
};

}  // namespace

Socket::Socket(int port) : fd_(connect_to(port)) {
  if (fd_ < 0) throw std::runtime_error("cannot connect to port " + std::to_string(port));
}

Socket::~Socket() {
  close(fd_);
}

void Socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the peer has closed: the test sees it when it reads
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool Socket::receive(std::string& into, std::chrono::milliseconds patience) {
  if (!readable(fd_, patience)) return false;
  char buffer[16384];
  ssize_t count = recv(fd_, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  into.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::string Socket::receive_until(const std::string& marker, std::chrono::milliseconds patience) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  std::string bytes;
  while (bytes.find(marker) == std::string::npos) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !receive(bytes, left)) break;
  }
  return bytes;
}

std::string Socket::receive_until_closed(std::chrono::milliseconds patience) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  std::string bytes;
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !receive(bytes, left)) return bytes;
  }
}

bool Socket::closed(std::chrono::milliseconds patience) {
  if (!readable(fd_, patience)) return false;
  char byte;
  return recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

bool Socket::can_connect(int port) {
  int fd = connect_to(port);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

int listen_on_loopback(int& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, SOMAXCONN) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    close(listener);
    throw std::runtime_error("no port of 127.0.0.1 to listen on");
  }
  port = ntohs(address.sin_port);
  return listener;
}

TcpGate::TcpGate(int target_port) : target_port_(target_port) {
  listener_ = listen_on_loopback(port_);
  thread_ = std::thread([this] { run(); });
}

TcpGate::~TcpGate() {
  ending_ = true;
  thread_.join();
  close(listener_);
}

void TcpGate::set(Mode mode, std::chrono::milliseconds delay) {
  delay_ms_ = delay.count();
  mode_ = mode;
}

void TcpGate::run() {
  std::list<Pair> pairs;
  while (!ending_) {
    Mode mode = mode_;
    std::vector<pollfd> entries{{listener_, POLLIN, 0}};
    if (mode != Mode::kStall) {
      for (const auto& pair : pairs) {
        entries.push_back({pair.client, POLLIN, 0});
        entries.push_back({pair.server, POLLIN, 0});
      }
    }
    poll(entries.data(), entries.size(), 10);
    if (entries[0].revents & POLLIN) {
      int client = accept(listener_, nullptr, nullptr);
      int server = mode == Mode::kRefuse ? -1 : connect_to(target_port_);
      if (server < 0) {
        close(client);
      } else {
        pairs.emplace_back(client, server);
      }
    }
    if (mode == Mode::kRefuse) pairs.clear();
    if (mode == Mode::kStall) continue;
    auto delay = std::chrono::milliseconds(delay_ms_);
    for (auto pair = pairs.begin(); pair != pairs.end();) {
      bool alive = pair->up.read(mode, delay) && pair->down.read(mode, delay);
      alive = pair->up.write() && pair->down.write() && alive;
      pair = alive ? std::next(pair) : pairs.erase(pair);
    }
  }
}

}  // namespace marquee::testing
