// The way of one request: target -> route -> rate limit -> who -> origin -> edge cache -> JSON to
// wire -> service -> wire to JSON -> answer. One object for all threads, immutable itself; what it
// leads to locks for itself. Failures are values: every path ends in an Answer.
#pragma once

#include <optional>
#include <string>

#include "gateway/authenticator.h"
#include "gateway/client_address.h"
#include "gateway/cors.h"
#include "gateway/edge_cache.h"
#include "gateway/exchange.h"
#include "gateway/metrics.h"
#include "gateway/own_pages.h"
#include "gateway/problem.h"
#include "gateway/rate_limiter.h"
#include "gateway/route_plan.h"
#include "gateway/session_cookie.h"
#include "gateway/upstream.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::gateway {

class Pipeline {
 public:
  struct Parts {
    const Config& config;
    const transcode::RouteTable& table;
    const RoutePlans& plans;
    const OwnPages& own_pages;
    const Cors& cors;
    const SessionCookie& cookie;
    const ClientAddress& client_address;
    RateLimiter& limiter;
    Authenticator& authenticator;
    EdgeCache& cache;
    Metrics& metrics;
  };

  explicit Pipeline(Parts parts) : parts_(parts) {}

  // After the headers: request id, client, route; sets `body_bytes_max`.
  void begin(Exchange& x) const;
  // After the body: fills in the answer. `x` outlives the coroutine.
  net::awaitable<void> answer(Exchange& x) const;
  // Ends a request that never came through whole (begin() may not have run), closing the
  // connection.
  void refuse(Exchange& x, const Problem& problem) const;

 private:
  net::awaitable<void> dispatch(Exchange& x) const;
  net::awaitable<void> answer_from_cache(Exchange& x) const;
  net::awaitable<void> answer_from_service(Exchange& x) const;
  net::awaitable<Identity> identify(Exchange& x, bool& by_cookie) const;

  // Each returns true when it has answered.
  bool answer_without_route(Exchange& x) const;
  bool refuse_by_rate(Exchange& x, const RateVerdict& verdict) const;
  std::optional<Problem> admit(Exchange& x, const Identity& identity, bool by_cookie) const;

  std::optional<Problem> encode(const Exchange& x, std::string& wire) const;
  UpstreamCall make_call(const Exchange& x, std::string wire) const;
  net::awaitable<UpstreamReply> call_service(Exchange& x, std::string wire) const;
  // Reads a reply into JSON. Nothing went wrong when it returns nothing.
  std::optional<Problem> read_reply(const Exchange& x, const std::string& wire, bool from_cache,
                                    std::string& json, transcode::ReplyMarks& marks) const;

  void fail(Exchange& x, const Problem& problem) const;
  void write_json(Exchange& x, unsigned status, std::string json) const;
  void write_cached(Exchange& x, const CachedAnswer& cached) const;
  void finish(Exchange& x) const;

  const Parts parts_;
};

// What tells cached answers of one route apart: path values and the known query parameters, sorted.
std::string cache_key(const transcode::RouteMatch& match, std::string_view query);

}  // namespace marquee::gateway
