// One HTTP request and its answer on the way through the gateway: what the connection read, what
// the pipeline found out, what is to be written. Owned by the connection's coroutine, touched by
// its thread alone. Knows neither Beast nor gRPC.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/asio.h"
#include "gateway/rate_limiter.h"
#include "gateway/target.h"
#include "libs/rpc/caller.h"
#include "libs/transcode/route_table.h"

namespace marquee::gateway {

struct RoutePlan;

// Views into the connection's parser; a field that was not sent is empty. Hostile: any bytes that a
// header may hold.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::string_view host;
  std::string_view authorization;
  std::string_view cookie;
  std::string_view origin;
  std::string_view referer;
  std::string_view sec_fetch_site;
  std::string_view if_none_match;
  std::string_view accept_encoding;
  std::string_view content_type;
  std::string_view forwarded_for;
  std::string_view request_id;
  std::string_view traceparent;
  std::string_view preflight_method;  // Access-Control-Request-Method
};

struct Answer {
  unsigned status = 500;
  std::string headers;  // complete lines, each with its CRLF
  std::string body;
  // Bytes shared with the edge cache, sent instead of `body` where not null.
  std::shared_ptr<const std::string> shared_body;
  bool close = false;  // the connection ends with this answer

  // `value` must hold no CR or LF.
  void header(std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
  std::string_view body_bytes() const {
    return shared_body ? std::string_view(*shared_body) : std::string_view(body);
  }
};

enum class CacheUse : std::uint8_t { kNone, kHit, kMiss, kJoined };

struct Exchange {
  RequestHead head;
  std::string body;
  net::ip::address peer;

  std::chrono::steady_clock::time_point started;
  std::string request_id;
  net::ip::address client;  // `peer`, or whom a trusted proxy named
  TargetError target_error = TargetError::kNone;
  Target target;
  transcode::RouteMatch match;
  const RoutePlan* route = nullptr;  // null unless a route was found
  std::size_t body_bytes_max = 0;
  rpc::Caller caller;
  RateVerdict rate;
  CacheUse cache = CacheUse::kNone;

  Answer answer;
};

}  // namespace marquee::gateway
