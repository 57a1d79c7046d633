// A WebSocket client for tests, with deadlines: text frames out, text frames in, in order. One
// thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace marquee::testing {

class WebSocket {
 public:
  static constexpr std::chrono::seconds kPatience{10};
  using Headers = std::map<std::string, std::string>;

  // Opens ws://127.0.0.1:port/target. Where that is refused, status() says how.
  WebSocket(int port, const std::string& target, const Headers& headers = {});
  ~WebSocket();
  WebSocket(WebSocket&&) noexcept;

  // 101, or that of the refusal.
  int status() const;

  void send(std::string_view text);
  void send(const nlohmann::json& frame) { send(std::string_view(frame.dump())); }
  // The next frame; nothing when it is closed or none comes in time.
  std::optional<std::string> receive(std::chrono::milliseconds patience = kPatience);
  // The code that the server closed with, after what is left to receive; 0: it did not in time.
  int closed(std::chrono::milliseconds patience = kPatience);
  // It has ended, with or without a word.
  bool broken() const;
  // Cuts the connection without a word.
  void drop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A socket of Marquee's native protocol, behind its greeting.
class MarqueeSocket {
 public:
  using json = nlohmann::json;

  // Throws std::runtime_error when it is refused or does not greet. `token` may be empty.
  explicit MarqueeSocket(int port, const std::string& token = {});

  // The greeting's data.
  const json& greeting() const { return greeting_; }
  // Sends a command and returns its {"ack",...} frame; events that come before are kept.
  json command(const std::string& event, const json& data, const json& resume = nullptr);
  void send(const std::string& event, const json& data);
  // The next frame with this event's name, skipping others; null when none comes.
  json next(const std::string& event, std::chrono::milliseconds patience = WebSocket::kPatience);
  // The next frame that is an event, of those kept first; null when none comes.
  json any(std::chrono::milliseconds patience = WebSocket::kPatience);
  // Whether nothing of that name is there, or comes before the answer to a command sent now.
  bool quiet(const std::string& event);
  WebSocket& wire() { return socket_; }

 private:
  WebSocket socket_;
  json greeting_;
  std::vector<json> kept_;
  int asked_ = 0;
};

}  // namespace marquee::testing
