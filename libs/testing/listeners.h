// Thousands of WebSockets that listen, on one thread: each opens, says its opening lines, and
// counts the messages that say when they were sent ("sent_at=<microseconds of the steady clock>").
// For load and fault tests, also against servers that are not ours. One thread uses it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::testing {

// What one side says when it has heard something of the other.
struct Line {
  std::string await;  // a part of what comes
  std::string say;    // a text frame; empty: nothing, it is ready
};

struct ListenersOptions {
  int port = 0;
  std::string target = "/ws";
  std::vector<Line> opening;  // after the handshake, in order; the last one says nothing
  int count = 1;
  int deaf = 0;           // so many of them never read again once they are ready
  int receive_bytes = 0;  // that the kernel takes for each; 0: as it likes
  // So that reading costs less than what is measured: only each n-th reads at once, and its
  // latencies count; the others read when some messages wait.
  int prompt_every = 1;
  // A message that mentions the time is passed on, if anybody wants it: by which, and its text.
  std::function<void(int listener, std::string_view text)> heard;
};

// The text of a marker for now.
std::string sent_at_now();

class Listeners {
 public:
  // Returns when all are ready. Throws std::runtime_error when one is not within a minute.
  explicit Listeners(ListenersOptions options);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  struct Reading {
    std::uint64_t messages = 0;
    std::vector<float> latencies_ms;  // of all that read at once, in no order
    double percentile_ms(double part);
  };
  // What was heard since the last call (or the beginning).
  Reading take();
  // Connections that the server has not ended.
  int open() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The opening lines of Marquee's protocols for joining a film's room, and of plain servers.
std::vector<Line> native_opening(const std::string& room);
std::vector<Line> socket_io_opening(const std::string& room);

}  // namespace marquee::testing
