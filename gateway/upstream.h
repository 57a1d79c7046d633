// Calls to one service by method name with wire bytes in and out: the gateway's only sight of gRPC.
// Each I/O thread has call streams of its own to all replicas (libs/rpc/replicas.h), so a call is
// touched by one thread only; retries, deadlines, caps and the choice of a replica are made there.
// An overloaded service gets no more calls than it answers in good time (admission.h); the others
// fail with UNAVAILABLE at once.
//
// Owned by the gateway; call() from any I/O thread, the coroutine resumes on that thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/abort.h"
#include "gateway/admission.h"
#include "gateway/asio.h"
#include "gateway/config.h"
#include "libs/core/clock.h"
#include "libs/rpc/client_call.h"
#include "libs/rpc/replica_names.h"
#include "libs/rpc/service_state.h"
#include "libs/rpc/tls.h"

namespace prometheus {
class Registry;
}

namespace marquee::rpc {
class Poller;
}

namespace marquee::gateway {

class IoThreads;

struct UpstreamCall {
  std::string path;         // "/marquee.movie.v1.MovieCatalog/GetMovie"
  std::string payload;      // the request's wire form
  std::string caller;       // rpc::encode_caller
  std::string request_id;   // may be empty
  std::string traceparent;  // valid
  Deadline deadline;
  bool fresh = false;  // caches of the service must not answer
  bool retry = false;  // may be made again after UNAVAILABLE, within the deadline
  Admission::Importance importance = Admission::Importance::kUsual;
  Abort* abort = nullptr;  // ends the call with CANCELLED when it fires; its hook is the call's

  UpstreamCall(std::string grpc_path, std::string wire, Deadline until)
      : path(std::move(grpc_path)), payload(std::move(wire)), deadline(std::move(until)) {}
};

struct UpstreamReply : rpc::Answer {};

// The replies of a server-streaming RPC as they come. Of one I/O thread; goes before the Upstream.
class UpstreamReplies {
 public:
  virtual ~UpstreamReplies() = default;
  UpstreamReplies(const UpstreamReplies&) = delete;
  UpstreamReplies& operator=(const UpstreamReplies&) = delete;

  // Waits for the next ones. None: it has ended as end() says. As many as that may be on their way
  // from then on: the service is not asked for more than is taken.
  virtual net::awaitable<std::vector<std::string>> next() = 0;
  virtual const rpc::Answer& end() const = 0;

 protected:
  UpstreamReplies() = default;
};

class Upstream {
 public:
  struct Options {
    // Calls at a time, over all threads; more fail with UNAVAILABLE at once.
    int inflight_max = 1'024;
    rpc::TlsFiles tls;
    std::shared_ptr<prometheus::Registry> registry;  // null: nobody counts
    std::shared_ptr<rpc::Poller> poller;             // of all upstreams; null: one of its own
    rpc::ReplicaNames::Lookup lookup = rpc::ReplicaNames::look_up_host;
  };

  // Throws std::runtime_error naming a TLS file that cannot be used. Streams open when the threads
  // start.
  Upstream(UpstreamAddress address, IoThreads& threads, const Options& options);
  // After the threads have ended.
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  net::awaitable<UpstreamReply> call(UpstreamCall call);
  // Ends when its `abort` fires, or when what is returned goes. The deadline is that of the whole.
  std::unique_ptr<UpstreamReplies> open(UpstreamCall call);
  // Ends all calls with CANCELLED, those in flight and all later ones, and closes the streams. Any
  // thread.
  void cancel_all();
  int in_flight() const { return state_.calls_in_flight.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }
  const rpc::ServiceState& state() const { return state_; }

 private:
  class PerThread;
  class OpenReplies;
  void set_endpoints(const std::vector<rpc::Endpoint>& endpoints);

  const std::string name_;
  rpc::ServiceState state_;
  std::shared_ptr<rpc::LiveCalls> live_;
  std::vector<std::unique_ptr<PerThread>> per_thread_;
  std::unique_ptr<rpc::ReplicaNames> names_;
};

}  // namespace marquee::gateway
