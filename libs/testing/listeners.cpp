#include "libs/testing/listeners.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace marquee::testing {
namespace {

constexpr std::chrono::seconds kReadyPatience{60};
constexpr std::string_view kMarker = "sent_at=";
constexpr int kOpeningAtOnce = 200;
constexpr int kSomeBytes = 4'000;
constexpr int kStepBytes = 250;
constexpr int kSteps = 16;

std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// A text frame of a client, with a mask of zeros.
std::string masked(std::string_view text) {
  std::string frame(1, '\x81');
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size());
  }
  return frame.append(4, '\0').append(text);
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

std::string sent_at_now() {
  return std::string(kMarker) + std::to_string(now_us()) + ";";
}

double Listeners::Reading::percentile_ms(double part) {
  if (latencies_ms.empty()) return 0;
  const auto nth = latencies_ms.begin() +
                   static_cast<std::ptrdiff_t>(part * static_cast<double>(latencies_ms.size() - 1));
  std::nth_element(latencies_ms.begin(), nth, latencies_ms.end());
  return *nth;
}

struct Listeners::Impl {
  struct One {
    int fd = -1;
    std::size_t line = 0;  // of the opening, that is awaited
    std::string rest;      // not yet understood
    bool upgraded = false;
    bool ready = false;
  };

  explicit Impl(ListenersOptions its_options) : options(std::move(its_options)) {
    raise_descriptor_limit();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    all.resize(static_cast<std::size_t>(options.count));
    buffer.resize(256 * 1024);
  }
  ~Impl() {
    ending = true;
    if (thread.joinable()) thread.join();
    for (One& one : all) {
      if (one.fd >= 0) ::close(one.fd);
    }
    ::close(epoll);
  }

  const ListenersOptions options;
  int epoll = -1;
  std::vector<One> all;
  std::string buffer;
  std::atomic<int> ready{0};
  std::atomic<int> open{0};
  std::atomic<bool> ending{false};
  std::mutex mutex;
  Reading reading;
  std::thread thread;

  void connect(std::size_t index) {
    One& one = all[index];
    one.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (options.receive_bytes != 0) {
      ::setsockopt(one.fd, SOL_SOCKET, SO_RCVBUF, &options.receive_bytes, sizeof(int));
    }
    if (one.fd < 0 || ::connect(one.fd, reinterpret_cast<sockaddr*>(&address), sizeof address)) {
      throw std::runtime_error("cannot connect: " + std::string(std::strerror(errno)));
    }
    const int on = 1;
    ::setsockopt(one.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    say(one,
        "GET " + options.target +
            " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    ::fcntl(one.fd, F_SETFL, O_NONBLOCK);
    ++open;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(epoll, EPOLL_CTL_ADD, one.fd, &event);
  }

  static void say(const One& one, const std::string& bytes) {
    [[maybe_unused]] auto sent = ::send(one.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  void run() {
    std::vector<epoll_event> events(512);
    while (!ending) {
      const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 20);
      Reading heard;
      for (int i = 0; i < count; ++i) {
        read(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64), heard);
      }
      if (heard.messages == 0) continue;
      std::lock_guard lock(mutex);
      reading.messages += heard.messages;
      reading.latencies_ms.insert(reading.latencies_ms.end(), heard.latencies_ms.begin(),
                                  heard.latencies_ms.end());
    }
  }

  void read(std::size_t index, Reading& heard) {
    One& one = all[index];
    const ssize_t size = ::recv(one.fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return end(one);
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (!one.rest.empty()) {
      one.rest += bytes;
      bytes = one.rest;
    }
    std::string_view left = digest(index, bytes, heard);
    one.rest = std::string(left);
  }

  void end(One& one) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, one.fd, nullptr);
    ::close(one.fd);
    one.fd = -1;
    --open;
  }

  std::string_view digest(std::size_t index, std::string_view bytes, Reading& heard) {
    One& one = all[index];
    if (!one.upgraded) {
      const auto head = bytes.find("\r\n\r\n");
      if (head == std::string_view::npos) return bytes;
      one.upgraded = bytes.starts_with("HTTP/1.1 101");
      bytes.remove_prefix(head + 4);
    }
    while (bytes.size() >= 2) {
      std::size_t size = static_cast<unsigned char>(bytes[1]) & 0x7f;
      std::size_t header = 2;
      const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
      if (bytes.size() < header + more) break;
      if (more != 0) {
        size = 0;
        for (std::size_t i = 0; i < more; ++i) {
          size = size << 8 | static_cast<unsigned char>(bytes[header + i]);
        }
        header += more;
      }
      if (bytes.size() < header + size) break;
      if ((bytes[0] & 0x0f) == 1) message(index, bytes.substr(header, size), heard);
      bytes.remove_prefix(header + size);
    }
    return bytes;
  }

  bool is_prompt(std::size_t index) const {
    return index % static_cast<std::size_t>(options.prompt_every) == 0;
  }

  void message(std::size_t index, std::string_view text, Reading& heard) {
    One& one = all[index];
    if (text == "2") return say(one, masked("3"));
    if (!one.ready) {
      const Line& line = options.opening[one.line];
      if (text.find(line.await) == std::string_view::npos) return;
      if (!line.say.empty()) say(one, masked(line.say));
      if (++one.line < options.opening.size()) return;
      one.ready = true;
      // The first ones, so that the others' order does not depend on them.
      if (static_cast<int>(index) < options.deaf) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, one.fd, nullptr);
      }
      if (!is_prompt(index)) {
        // Not the same for all, who would read at the same moment.
        const int wanted = kSomeBytes + static_cast<int>(index) % kSteps * kStepBytes;
        ::setsockopt(one.fd, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
      }
      ++ready;
      return;
    }
    const auto at = text.find(kMarker);
    if (at == std::string_view::npos) return;
    std::int64_t sent = 0;
    std::from_chars(text.data() + at + kMarker.size(), text.data() + text.size(), sent);
    ++heard.messages;
    if (is_prompt(index)) {
      heard.latencies_ms.push_back(static_cast<float>(now_us() - sent) / 1000.0F);
    }
    if (options.heard) options.heard(static_cast<int>(index), text);
  }
};

Listeners::Listeners(ListenersOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  const auto until = std::chrono::steady_clock::now() + kReadyPatience;
  for (int i = 0; i < impl_->options.count; ++i) {
    impl_->connect(static_cast<std::size_t>(i));
    while (i + 1 - impl_->ready >= kOpeningAtOnce ||
           (i + 1 == impl_->options.count && impl_->ready <= i)) {
      if (std::chrono::steady_clock::now() > until || impl_->open <= i) {
        throw std::runtime_error("only " + std::to_string(impl_->ready) + " sockets became ready");
      }
      std::this_thread::yield();
    }
  }
}

Listeners::~Listeners() = default;

Listeners::Reading Listeners::take() {
  std::lock_guard lock(impl_->mutex);
  return std::exchange(impl_->reading, {});
}

int Listeners::open() const {
  return impl_->open;
}

std::vector<Line> native_opening(const std::string& room) {
  return {
      {"connection_response",
       R"({"event":"join_notification","id":1,"data":{"user_id":"1","room_id":")" + room + "\"}}"},
      {R"("ack":1)", ""}};
}

std::vector<Line> socket_io_opening(const std::string& room) {
  return {{"0{", "40"},
          {"40{", R"(421["join_notification",{"user_id":"1","room_id":")" + room + "\"}]"},
          {"431[", ""}};
}

}  // namespace marquee::testing
