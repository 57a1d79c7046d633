// A call as those who make it through rpc::Replicas see it: what is asked, and what is answered.
// Whoever makes a call owns the object and keeps it, with all that it views, until answered() has
// run; that happens exactly once, on the thread that started it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/error.h"
#include "libs/rpc/deadline_wheel.h"

namespace marquee::rpc {

class Replica;
class StreamClient;
class ClientUnaryCall;
class ClientStreamedCall;

struct Answer {
  Code code = Code::kOk;
  std::string payload;  // the reply's wire form
  // Of a failed call:
  std::string message;
  bool from_service = false;  // the service itself said so, not what lies on the way
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;
  std::uint32_t retry_after_ms = 0;

  bool ok() const { return code == Code::kOk; }
};

class ClientCall {
 public:
  std::string_view method;  // "/marquee.movie.v1.MovieCatalog/GetMovie"
  std::string_view payload;
  std::string_view caller;       // rpc::encode_caller
  std::string_view request_id;   // may be empty
  std::string_view traceparent;  // may be empty
  std::chrono::steady_clock::time_point deadline;
  bool fresh = false;  // caches of the service must not answer
  bool retry = false;  // may be made twice
  // A server-streaming RPC: received() brings its replies, and answered() only how it ended.
  bool streamed = false;

  ClientCall() = default;
  ClientCall(const ClientCall&) = delete;
  ClientCall& operator=(const ClientCall&) = delete;

  virtual void answered(Answer&& answer) = 0;
  // Of a streamed call: the next replies, in their wire form. More come when enough of them are
  // said to be taken (Replicas::taken()).
  virtual void received(std::vector<std::string>&& /*replies*/) {}

  // Where the call is, for Replicas and its parts alone.
  struct Place : DeadlineWheel::Entry {
    Replica* replica = nullptr;  // null: with none
    StreamClient* stream = nullptr;
    std::uint64_t id = 0;  // on `stream`
    std::shared_ptr<ClientUnaryCall> unary;
    std::shared_ptr<ClientStreamedCall> streamed;
    bool begun = false;              // its replies have
    const Replica* tried = nullptr;  // by the last attempt; may be gone
    int attempts = 0;
    bool retried = false;
    bool on_its_way = false;
    std::chrono::steady_clock::time_point sent_at;
    ClientCall* call = nullptr;
  } place;

 protected:
  ~ClientCall() = default;
};

}  // namespace marquee::rpc
