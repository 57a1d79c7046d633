// Plain TCP for tests: a blocking client socket for bytes no HTTP library would send, and a gate
// that stands between a client and a server and misbehaves on command.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace marquee::testing {

class Socket {
 public:
  // Connects to 127.0.0.1; throws std::runtime_error.
  explicit Socket(int port);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(std::string_view bytes);
  // Reads until `enough` of what came holds, the peer closes, or the deadline; returns all that
  // came.
  std::string receive_until(const std::string& marker,
                            std::chrono::milliseconds patience = std::chrono::seconds(10));
  std::string receive_until_closed(std::chrono::milliseconds patience = std::chrono::seconds(10));
  // True when the peer has closed within the time.
  bool closed(std::chrono::milliseconds patience = std::chrono::seconds(10));
  static bool can_connect(int port);

 private:
  bool receive(std::string& into, std::chrono::milliseconds patience);
  int fd_ = -1;
};

// A socket that listens on a free port of 127.0.0.1, which `port` becomes; the caller closes it.
// Throws std::runtime_error.
int listen_on_loopback(int& port);

// Forwards connections of its own port to `target_port`, both on 127.0.0.1.
class TcpGate {
 public:
  enum class Mode {
    kPass,
    kRefuse,   // new connections are closed at once, old ones cut
    kStall,    // bytes are held back, both ways, until another mode is set
    kCorrupt,  // every byte towards the client is inverted
    kDelay,    // bytes towards the client come `delay` later
  };

  explicit TcpGate(int target_port);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  int port() const { return port_; }
  void set(Mode mode, std::chrono::milliseconds delay = std::chrono::milliseconds(100));

 private:
  void run();

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<Mode> mode_{Mode::kPass};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace marquee::testing
