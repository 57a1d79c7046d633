#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/testing/tcp.h"
#include "tests/catch.h"

namespace marquee::testing {
namespace {

using namespace std::chrono_literals;

// Answers every connection with what it sends.
class Echo {
 public:
  Echo() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 8) == 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Echo() {
    ending_ = true;
    thread_.join();
    close(listener_);
  }
  int port = 0;

 private:
  void run() {
    std::vector<pollfd> entries{{listener_, POLLIN, 0}};
    while (!ending_) {
      poll(entries.data(), entries.size(), 10);
      if (entries[0].revents & POLLIN)
        entries.push_back({accept(listener_, nullptr, nullptr), POLLIN, 0});
      for (std::size_t i = 1; i < entries.size(); ++i) {
        char buffer[1000];
        ssize_t count = recv(entries[i].fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (count > 0) send(entries[i].fd, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL);
      }
    }
    for (std::size_t i = 1; i < entries.size(); ++i) close(entries[i].fd);
  }
  int listener_ = -1;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

TEST_CASE("the gate passes, corrupts, delays, stalls and refuses") {
  Echo echo;
  TcpGate gate(echo.port);
  Socket socket(gate.port());
  socket.send("hello");
  CHECK(socket.receive_until("hello") == "hello");

  gate.set(TcpGate::Mode::kCorrupt);
  socket.send("a");
  CHECK(socket.receive_until(std::string(1, static_cast<char>(~'a'))).size() == 1);

  gate.set(TcpGate::Mode::kDelay, 200ms);
  auto started = std::chrono::steady_clock::now();
  socket.send("late");
  CHECK(socket.receive_until("late") == "late");
  CHECK(std::chrono::steady_clock::now() - started >= 190ms);

  gate.set(TcpGate::Mode::kStall);
  socket.send("held");
  CHECK(socket.receive_until("held", 150ms).empty());
  gate.set(TcpGate::Mode::kPass);
  CHECK(socket.receive_until("held") == "held");

  gate.set(TcpGate::Mode::kRefuse);
  CHECK(socket.closed());
  Socket refused(gate.port());
  CHECK(refused.closed());
}

}  // namespace
}  // namespace marquee::testing
