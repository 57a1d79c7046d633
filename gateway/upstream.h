// Calls to one service by method name with wire bytes in and out: the gateway's only sight of gRPC.
// Spreads over replicas, keeps the deadline, tries idempotent calls once more, caps what is in
// flight. Owned by the gateway; call() from any I/O thread, the coroutine resumes on that thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/asio.h"
#include "gateway/config.h"
#include "libs/core/clock.h"
#include "libs/core/error.h"

namespace marquee::gateway {

struct UpstreamCall {
  std::string path;         // "/marquee.movie.v1.MovieCatalog/GetMovie"
  std::string payload;      // the request's wire form
  std::string caller;       // rpc::encode_caller
  std::string request_id;   // may be empty
  std::string traceparent;  // valid or empty
  Deadline deadline;
  bool fresh = false;  // caches of the service must not answer
  bool retry = false;  // once more after UNAVAILABLE, within the deadline

  UpstreamCall(std::string grpc_path, std::string wire, Deadline until)
      : path(std::move(grpc_path)), payload(std::move(wire)), deadline(until) {}
};

struct UpstreamReply {
  Code code = Code::kOk;
  std::string payload;  // the reply's wire form
  // Of a failed call:
  std::string message;
  bool from_service = false;  // the service itself said so, not gRPC on the way
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;
  std::uint32_t retry_after_ms = 0;

  bool ok() const { return code == Code::kOk; }
};

class Upstream {
 public:
  // `inflight_max` calls at a time; more fail with UNAVAILABLE at once.
  Upstream(UpstreamAddress address, int inflight_max);
  // Waits for what is in flight; cancel_all() first.
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  net::awaitable<UpstreamReply> call(UpstreamCall call);
  // Ends all calls in flight with CANCELLED. Any thread.
  void cancel_all();
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }

 private:
  struct Impl;
  struct Attempt;
  std::shared_ptr<Attempt> start(const UpstreamCall& call);

  const std::string name_;
  const int inflight_max_;
  std::atomic<int> in_flight_{0};
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::gateway
