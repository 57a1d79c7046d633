// What a delivery costs the thread that serves subscribers: one frame for all of them, on real
// sockets, at 1 and at 10 messages a turn of the loop; beside it the same bytes by one plain send()
// each, the least that a server without merging pays.
//   build/release/bin/fanout_bench [SUBSCRIBERS]
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "libs/websocket/connection.h"
#include "libs/websocket/socket_stream.h"

namespace marquee {
namespace {

using boost::asio::ip::tcp;
using websocket::Connection;
using websocket::Frame;
using websocket::FramePtr;

constexpr int kRounds = 200;
constexpr std::size_t kPayloadBytes = 100;

double thread_cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Silent final : Connection::Listener {
  void on_message(std::string_view, bool) override {}
  void on_closed(websocket::CloseCode) override {}
};

// The other ends, on a thread of their own that reads all that comes.
class Subscribers {
 public:
  Subscribers(boost::asio::io_context& context, int count) {
    tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    for (int i = 0; i < count; ++i) {
      clients_.emplace_back(context).connect(acceptor.local_endpoint());
      served_.push_back(acceptor.accept());
    }
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (tcp::socket& client : clients_) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = client.native_handle();
      epoll_ctl(epoll_, EPOLL_CTL_ADD, client.native_handle(), &event);
    }
    thread_ = std::thread([this] { read(); });
  }
  ~Subscribers() {
    ending_ = true;
    thread_.join();
    close(epoll_);
  }
  std::vector<tcp::socket>& served() { return served_; }
  void wait_for(std::size_t bytes) const {
    while (bytes_.load() < bytes) std::this_thread::yield();
  }
  std::size_t bytes() const { return bytes_.load(); }

 private:
  void read() {
    std::vector<epoll_event> events(256);
    std::vector<char> sink(64 * 1024);
    while (!ending_) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        const ssize_t size = recv(fd, sink.data(), sink.size(), MSG_DONTWAIT);
        if (size > 0) bytes_ += static_cast<std::size_t>(size);
      }
    }
  }

  std::vector<tcp::socket> clients_;
  std::vector<tcp::socket> served_;
  int epoll_ = -1;
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> bytes_{0};
  std::thread thread_;
};

// CPU microseconds a delivery.
template <typename Publish>
double measure(Subscribers& subscribers, int per_turn, std::size_t frame_bytes, Publish publish) {
  const auto deliveries = subscribers.served().size() * static_cast<std::size_t>(per_turn);
  double cpu = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t goal = subscribers.bytes() + deliveries * frame_bytes;
    const double begin = thread_cpu_us();
    publish();
    cpu += thread_cpu_us() - begin;
    subscribers.wait_for(goal);
  }
  return cpu / (static_cast<double>(deliveries) * kRounds);
}

void run(int count) {
  boost::asio::io_context context(1);
  const std::string text(kPayloadBytes, 'x');
  const std::size_t frame_bytes = Frame::text({text})->wire().size();
  Subscribers plain(context, count);
  Subscribers merged(context, count);
  websocket::Loop loop(context);
  const Connection::Limits limits;
  Silent silent;
  std::vector<std::shared_ptr<Connection>> connections;
  for (tcp::socket& socket : merged.served()) {
    connections.push_back(std::make_shared<Connection>(
        loop, std::make_unique<websocket::SocketStream>(std::move(socket)), limits, silent));
    connections.back()->start({});
  }
  for (int per_turn : {1, 10}) {
    const double baseline = measure(plain, per_turn, frame_bytes, [&] {
      for (int i = 0; i < per_turn; ++i) {
        FramePtr frame = Frame::text({text});
        for (tcp::socket& socket : plain.served()) {
          send(socket.native_handle(), frame->wire().data(), frame->wire().size(), MSG_NOSIGNAL);
        }
      }
    });
    const double ours = measure(merged, per_turn, frame_bytes, [&] {
      for (int i = 0; i < per_turn; ++i) {
        FramePtr frame = Frame::text({text});
        for (auto& connection : connections) connection->send(frame);
      }
      context.restart();
      context.poll();
    });
    std::printf("%2d a turn: %.2f us CPU a delivery, %.2f of one send() each (%.2f us)\n", per_turn,
                ours, ours / baseline, baseline);
  }
  for (auto& connection : connections) connection->close(websocket::CloseCode::kNormal, {});
  loop.stop();
}

}  // namespace
}  // namespace marquee

int main(int argc, char** argv) {
  marquee::run(argc > 1 ? std::atoi(argv[1]) : 1000);
}
