// The way of one request: target -> route -> rate limit -> who -> origin -> edge cache -> JSON to
// wire -> service -> wire to JSON -> answer. What needs no waiting is done by plain functions; a
// coroutine goes on only where there is something to wait for. One object for all threads,
// immutable itself; what a request touches up to a hit in the cache is its core's own or atomic.
// Failures are values: every path ends in an Answer.
#pragma once

#include <optional>
#include <string>

#include "gateway/access_log.h"
#include "gateway/authenticator.h"
#include "gateway/client_address.h"
#include "gateway/cors.h"
#include "gateway/docs_pages.h"
#include "gateway/edge_cache.h"
#include "gateway/exchange.h"
#include "gateway/front_cache.h"
#include "gateway/metrics.h"
#include "gateway/own_pages.h"
#include "gateway/problem.h"
#include "gateway/rate_limiter.h"
#include "gateway/response_head.h"
#include "gateway/route_plan.h"
#include "gateway/session_cookie.h"
#include "gateway/upstream.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::gateway {

class SocketDoor;

class Pipeline {
 public:
  struct Parts {
    const Config& config;
    const transcode::RouteTable& table;
    const RoutePlans& plans;
    const OwnPages& own_pages;
    const DocsPages& docs;
    const Cors& cors;
    const SessionCookie& cookie;
    const ClientAddress& client_address;
    RateLimiter& limiter;
    Authenticator& authenticator;
    EdgeCache& cache;
    PerCore<FrontCache>& fronts;
    Metrics& metrics;
    SocketDoor* door;       // null: nothing becomes a socket
    AccessLog* access_log;  // null: none is kept
  };

  explicit Pipeline(Parts parts)
      : parts_(parts), transport_security_(strict_transport_security(parts.config)) {}

  // What a request waits for, or that its answer is there.
  enum class Next : std::uint8_t { kWrite, kKeys, kCache, kService, kSocket };

  // After the head of a request without a body: true when this core has the answer at hand.
  bool answer_known(Exchange& x) const;
  // After any other head: request id, client, route; sets `body_bytes_max`.
  void begin(Exchange& x) const;
  // After the body: fills in the answer where that needs no waiting.
  Next start(Exchange& x) const;
  // Goes on with what start() returned, until the answer is there. `x` outlives the coroutine.
  net::awaitable<void> wait(Exchange& x, Next next) const;
  // Ends a request that never came through whole (begin() may not have run), closing the
  // connection.
  void refuse(Exchange& x, const Problem& problem) const;

 private:
  net::awaitable<void> answer_from_cache(Exchange& x) const;
  net::awaitable<void> answer_from_service(Exchange& x) const;
  net::awaitable<void> stream_from_service(Exchange& x, std::string wire) const;
  net::awaitable<void> answer_at_door(Exchange& x) const;

  // The parts of start().
  Next decide(Exchange& x) const;
  Next decide_for(Exchange& x, const Identity& identity) const;
  bool answer_from_store(Exchange& x) const;
  void name_request(Exchange& x) const;

  // Each returns true when it has answered.
  bool answer_without_route(Exchange& x) const;
  bool refuse_by_rate(Exchange& x, const RateVerdict& verdict) const;
  std::optional<Problem> admit(Exchange& x, const Identity& identity) const;

  std::optional<Problem> encode(const Exchange& x, std::string& wire) const;
  // What the caller's trace context says, continued.
  static const Trace& trace_of(Exchange& x);
  UpstreamCall make_call(Exchange& x, std::string wire) const;
  net::awaitable<UpstreamReply> call_service(Exchange& x, std::string wire) const;
  // Reads a reply into JSON. Nothing went wrong when it returns nothing.
  std::optional<Problem> read_reply(const Exchange& x, const std::string& wire, bool from_cache,
                                    std::string& json, transcode::ReplyMarks& marks) const;

  void fail(Exchange& x, const Problem& problem) const;
  void write_json(Exchange& x, unsigned status, std::string json) const;
  void write_cached(Exchange& x, const CachedAnswer& cached) const;
  void write_known(Exchange& x, std::shared_ptr<const FrontAnswer> known, bool packed) const;
  // Puts what the edge cache gave into this core's front, where it can serve all who ask the same.
  void keep_in_front(const Exchange& x, std::shared_ptr<const CachedAnswer> cached,
                     std::uint64_t generation, EdgeCache::Store::Time expires) const;
  void finish(Exchange& x) const;

  const Parts parts_;
  const std::string transport_security_;  // a header line, or nothing
};

// What tells cached answers of one route apart: path values and the known query parameters, sorted.
void append_cache_key(std::string& key, const transcode::RouteMatch& match, std::string_view query);

}  // namespace marquee::gateway
