// One HTTP request and its answer on the way through the gateway: what the connection read, what
// the pipeline found out, what is to be written. Owned by the connection, which uses one object for
// all its requests, touched by its thread alone. Knows neither Beast nor gRPC.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/answer_stream.h"
#include "gateway/asio.h"
#include "gateway/rate_limiter.h"
#include "gateway/request_head.h"
#include "gateway/target.h"
#include "libs/core/trace.h"
#include "libs/rpc/caller.h"
#include "libs/transcode/route_table.h"

namespace marquee::gateway {

class Abort;
class TakenConnection;
struct RoutePlan;

struct Answer {
  unsigned status = 500;
  std::string headers;  // complete lines, each with its CRLF
  // The status line and what the cache knows of the headers, in place of `status` and the headers
  // that every answer has, where not empty; lives as long as `shared_body`.
  std::string_view ready_head;
  std::string body;
  // Bytes shared with the edge cache, sent instead of `body` where not null.
  std::shared_ptr<const std::string> shared_body;
  // What follows `body`, of a length that nobody knows; null where that is all.
  std::unique_ptr<AnswerStream> stream;
  bool close = false;  // the connection ends with this answer

  // `value` must hold no CR or LF.
  void header(std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
  std::string_view body_bytes() const {
    return shared_body ? std::string_view(*shared_body) : std::string_view(body);
  }
  void reset() {
    status = 500;
    headers.clear();
    ready_head = {};
    body.clear();
    shared_body.reset();
    stream.reset();
    close = false;
  }
};

enum class CacheUse : std::uint8_t { kNone, kHit, kMiss, kJoined };

struct Exchange {
  RequestHead head;
  std::string_view body;
  net::ip::address peer;

  std::chrono::steady_clock::time_point started;
  std::string request_id;
  // Begun when first wanted: Pipeline::trace_of().
  Trace trace;
  net::ip::address client;  // `peer`, or whom a trusted proxy named
  TargetError target_error = TargetError::kNone;
  Target target;
  transcode::RouteMatch match;
  const RoutePlan* route = nullptr;  // null unless a route was found
  std::size_t body_bytes_max = 0;
  rpc::Caller caller;
  RateVerdict rate;
  CacheUse cache = CacheUse::kNone;
  std::chrono::nanoseconds upstream_time{0};  // that a service took to answer; 0: none was asked
  std::string cache_key;
  // Fires when the client goes away while it waits; null while nothing waits.
  Abort* abort = nullptr;

  Answer answer;
  // With status 101, once that is written: what the connection becomes, and what came behind the
  // request.
  std::function<void(TakenConnection&& connection, std::string_view early)> takes_over;

  // For the connection's next request: what was, but for the peer, is forgotten, memory is kept.
  void reset();
};

}  // namespace marquee::gateway
