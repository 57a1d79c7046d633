// Requests at a fixed rate on keep-alive connections, whatever becomes of them (an open loop: who
// is slow does not get fewer), and what became of each. One thread of its own; everything else is
// for the thread that owns it.
//
// It behaves as a load balancer in front of gateways does: another connection when told to close,
// another gateway when one does not take connections, and a request that may be repeated is sent
// again when its connection ended without a byte of an answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace marquee::e2e {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Ask {
  std::string method = "GET";
  std::string path;
  std::string token;  // bearer; may be empty
  std::string body;   // JSON; may be empty
  std::int64_t tag = 0;
  bool keep_body = false;  // of a good answer; of others it is kept anyway

  bool idempotent() const { return method == "GET" || method == "PUT" || method == "DELETE"; }
};

struct Outcome {
  std::string method;
  std::int64_t tag = 0;
  Clock::time_point due;   // when it had to be sent
  Clock::time_point sent;  // when it was; what lies between is the generator's own delay
  Clock::time_point ended;
  int status = 0;  // 0: no answer, `body` says why
  bool retried = false;
  bool retry_after = false;  // the header was there
  std::string body;

  bool good() const { return status >= 200 && status < 300; }
  double took_ms() const { return std::chrono::duration<double, std::milli>(ended - sent).count(); }
};
using Outcomes = std::vector<Outcome>;

class Load {
 public:
  struct Options {
    std::vector<int> ports;  // of gateways, on 127.0.0.1
    double rate = 100;       // requests a second; 0: as fast as the connections are answered
    int connections_max = 64;
    bool spread = false;            // over all of the connections in turn, not as few as possible
    milliseconds patience{20'000};  // with one answer
  };
  // The request of that number; called on the load's thread.
  using Next = std::function<Ask(std::uint64_t number)>;

  Load(const Options& options, Next next);
  // Stops when nobody did.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Sends nothing more, waits for what is under way.
  Outcomes stop();
  // Ended requests so far.
  std::uint64_t ended() const;
  // Waits until as many more have ended, at most `patience`.
  bool await_more(std::uint64_t count, milliseconds patience = seconds(20)) const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

// Waits for the time to pass during which a load runs: the load is the event.
void let_run(Clock::duration time);

}  // namespace marquee::e2e
