#include "tests/load/pollers.h"

#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace marquee::load {
namespace {

using Reading = testing::Listeners::Reading;

constexpr std::string_view kMarker = "sent_at=";
constexpr std::chrono::seconds kReadyPatience{60};

std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

struct Pollers::Impl {
  enum class Stage : std::uint8_t { kOpen, kPost, kPoll };
  struct One {
    int fd = -1;
    Stage stage = Stage::kOpen;
    bool admitted = false;  // to the namespace
    bool ready = false;
    std::string sid;
    std::string got;
  };

  std::vector<One> all;
  std::string join;
  int epoll = -1;
  std::atomic<int> ready{0};
  std::atomic<bool> ending{false};
  std::mutex mutex;
  Reading reading;
  std::thread thread;

  ~Impl() {
    ending = true;
    if (thread.joinable()) thread.join();
    for (const One& one : all) ::close(one.fd);
    ::close(epoll);
  }

  static void send(const One& one, const std::string& bytes) {
    [[maybe_unused]] auto sent = ::send(one.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  static std::string target(const One& one) {
    return "/socket.io/?EIO=4&transport=polling" + (one.sid.empty() ? "" : "&sid=" + one.sid);
  }
  static void get(const One& one) {
    send(one, "GET " + target(one) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  static void post(const One& one, const std::string& body) {
    send(one, "POST " + target(one) +
                  " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  void add(int port) {
    One& one = all.emplace_back();
    one.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(one.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
    const int on = 1;
    ::setsockopt(one.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = all.size() - 1;
    epoll_ctl(epoll, EPOLL_CTL_ADD, one.fd, &event);
    get(one);
  }

  void run() {
    std::vector<epoll_event> events(512);
    std::string buffer(256 * 1024, '\0');
    while (!ending) {
      const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 20);
      Reading heard;
      for (int i = 0; i < count; ++i) {
        One& one = all[events[static_cast<std::size_t>(i)].data.u64];
        const ssize_t size = ::recv(one.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size == 0) epoll_ctl(epoll, EPOLL_CTL_DEL, one.fd, nullptr);
        if (size <= 0) continue;
        one.got.append(buffer.data(), static_cast<std::size_t>(size));
        take_answer(one, heard);
      }
      std::lock_guard lock(mutex);
      reading.messages += heard.messages;
      reading.latencies_ms.insert(reading.latencies_ms.end(), heard.latencies_ms.begin(),
                                  heard.latencies_ms.end());
    }
  }

  void take_answer(One& one, Reading& heard) {
    const auto head = one.got.find("\r\n\r\n");
    if (head == std::string::npos) return;
    auto length = one.got.find("Content-Length: ");
    if (length == std::string::npos) length = one.got.find("content-length: ");
    std::size_t size = 0;
    if (length < head) {
      std::from_chars(one.got.data() + length + 16, one.got.data() + head, size);
    }
    if (one.got.size() < head + 4 + size) return;
    const std::string body = one.got.substr(head + 4, size);
    one.got.erase(0, head + 4 + size);
    answered(one, body, heard);
  }

  void answered(One& one, const std::string& body, Reading& heard) {
    switch (one.stage) {
      case Stage::kOpen: {
        const auto begin = body.find("\"sid\":\"") + 7;
        one.sid = body.substr(begin, body.find('"', begin) - begin);
        one.stage = Stage::kPost;
        return post(one, "40");
      }
      case Stage::kPost:
        one.stage = Stage::kPoll;
        return get(one);
      case Stage::kPoll:
        break;
    }
    if (!one.admitted && body.find("40{") != std::string::npos) {
      one.admitted = true;
      if (!join.empty()) {
        one.stage = Stage::kPost;
        return post(one, join);
      }
    }
    if (!one.ready) {
      one.ready = body.find(join.empty() ? "40{" : "431[") != std::string::npos;
      if (one.ready) ++ready;
    }
    const bool pinged = body.find('2') == 0;
    for (auto at = body.find(kMarker); at != std::string::npos; at = body.find(kMarker, at + 1)) {
      std::int64_t sent = 0;
      std::from_chars(body.data() + at + kMarker.size(), body.data() + body.size(), sent);
      ++heard.messages;
      heard.latencies_ms.push_back(static_cast<float>(now_us() - sent) / 1000.0F);
    }
    if (pinged) one.stage = Stage::kPost;
    return pinged ? post(one, "3") : get(one);
  }
};

Pollers::Pollers(int port, int count, std::string join) : impl_(std::make_unique<Impl>()) {
  impl_->join = std::move(join);
  impl_->epoll = epoll_create1(EPOLL_CLOEXEC);
  impl_->all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) impl_->add(port);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  const auto until = std::chrono::steady_clock::now() + kReadyPatience;
  while (impl_->ready < count) {
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("only " + std::to_string(impl_->ready) + " clients became ready");
    }
    std::this_thread::yield();
  }
}

Pollers::~Pollers() = default;

Reading Pollers::take() {
  std::lock_guard lock(impl_->mutex);
  return std::exchange(impl_->reading, {});
}

}  // namespace marquee::load
