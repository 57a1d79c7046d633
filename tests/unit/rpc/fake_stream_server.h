// A server of call streams and of plain gRPC that does what a test wants: answers when told to, in
// any order, wrongly or never; breaks its streams; says that it drains; keeps silent. Handlers run
// on gRPC's threads and must not block. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/tls.h"
#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc {

// One call that has come, by a stream or on its own. Only the first answer goes out; one for a
// client or server that is gone goes nowhere.
class TakenCall {
 public:
  TakenCall(api::CallStart start, bool unary, std::function<void(const api::CallEnd&)> send)
      : start_(std::move(start)), unary_(unary), send_(std::move(send)) {}

  const api::CallStart& start() const { return start_; }
  bool unary() const { return unary_; }

  void reply(const std::string& payload);
  // Without `detail` the failure is gRPC's own.
  void fail(int code, const std::string& message, const api::ErrorDetail* detail = nullptr);
  void end(const api::CallEnd& end);

 private:
  const api::CallStart start_;
  const bool unary_;
  const std::function<void(const api::CallEnd&)> send_;
  std::atomic<bool> ended_{false};
};

class FakeStreamServer {
 public:
  using OnCall = std::function<void(const std::shared_ptr<TakenCall>&)>;

  struct Options {
    int port = 0;
    std::uint32_t calls_max = 1'024;
    std::uint32_t payload_bytes_max = 256 * 1024;
    bool hello = true;
    bool pongs = true;
    bool reads = true;
    TlsFiles tls;
  };

  explicit FakeStreamServer(OnCall on_call) : FakeStreamServer(std::move(on_call), Options()) {}
  FakeStreamServer(OnCall on_call, const Options& options);
  ~FakeStreamServer();
  // Ends all streams and calls; no handler runs afterwards.
  void stop();

  int port() const;
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  // "I will be gone": on all streams that are open.
  void drain();
  void break_streams();
  void answer_pings(bool yes);
  // Sends these bytes as a ServerFrames message on every stream.
  void send_bytes(const std::string& bytes);
  // Keeps an answer for Collect.
  void keep(const std::string& name, const std::string& payload);

  int streams() const;             // open now
  int streams_ended_well() const;  // half-closed by their client with nothing left in flight
  int messages() const;            // ClientFrames that came
  int pings() const;
  std::vector<std::uint64_t> cancels() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::rpc
