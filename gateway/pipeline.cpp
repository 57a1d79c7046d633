#include "gateway/pipeline.h"

#include "gateway/header_values.h"
#include "libs/core/ids.h"
#include "libs/core/log.h"
#include "libs/transcode/request_encoder.h"

namespace marquee::gateway {
namespace {

using transcode::RouteMatch;

const std::string& caller_text_of_nobody() {
  static const std::string text = rpc::encode_caller(rpc::Caller());
  return text;
}

}  // namespace

void Pipeline::begin(Exchange& x) const {
  x.started = std::chrono::steady_clock::now();
  x.request_id =
      is_request_id(x.head.request_id) ? std::string(x.head.request_id) : random_request_id();
  x.client = parts_.client_address.find(x.peer, x.head.forwarded_for);
  x.body_bytes_max = static_cast<std::size_t>(parts_.config.body_bytes_max);
  x.target_error = parse_target(x.head.method, x.head.target, x.target);
  if (x.target_error != TargetError::kNone || x.head.method == "OPTIONS") return;
  x.match = parts_.table.match(x.head.method, x.target.path);
  if (x.match.outcome != RouteMatch::Outcome::kFound) return;
  x.route = parts_.plans.of(*x.match.route);
  if (x.route != nullptr) x.body_bytes_max = x.route->body_bytes_max;
}

net::awaitable<void> Pipeline::answer(Exchange& x) const {
  parts_.metrics.requests_in_flight(+1);
  co_await dispatch(x);
  parts_.metrics.requests_in_flight(-1);
  finish(x);
}

net::awaitable<void> Pipeline::dispatch(Exchange& x) const {
  if (answer_without_route(x)) co_return;
  const RoutePlan& plan = *x.route;
  if (refuse_by_rate(x, parts_.limiter.take(plan.rate_class, x.client))) co_return;

  bool by_cookie = false;
  Identity identity = co_await identify(x, by_cookie);
  if (auto problem = admit(x, identity, by_cookie)) {
    fail(x, *problem);
    co_return;
  }
  if (x.caller.signed_in() &&
      refuse_by_rate(x, parts_.limiter.take(plan.rate_class, x.caller.user_id))) {
    co_return;
  }
  if (plan.takes_body() && !x.body.empty() && !is_json(x.head.content_type)) {
    fail(x, Problem(415, "unsupported_media_type", "Content-Type must be application/json"));
    co_return;
  }
  if (plan.upstream == nullptr) {
    fail(x, unavailable("upstream_not_configured", 1));
    co_return;
  }
  bool personal = plan.policy->auth() == marquee::api::AUTH_OPTIONAL && x.caller.signed_in();
  if (plan.cached && !personal) {
    co_await answer_from_cache(x);
  } else {
    co_await answer_from_service(x);
  }
}

bool Pipeline::answer_without_route(Exchange& x) const {
  if (x.target_error == TargetError::kTooLong) {
    fail(x, Problem(414, "target_too_long", "The request target is too long"));
    return true;
  }
  if (x.target_error == TargetError::kMalformed) {
    fail(x, Problem(400, "bad_target", "The request target is malformed"));
    return true;
  }
  if (x.route != nullptr) return false;

  const bool reads = x.head.method == "GET" || x.head.method == "HEAD";
  auto own_page = parts_.own_pages.find(x.target.path);
  if (x.head.method == "OPTIONS") {
    std::string allow = own_page || x.target.path == "*" ? "GET, HEAD, OPTIONS"
                                                         : parts_.table.allowed(x.target.path);
    bool preflight = !x.head.origin.empty() && !x.head.preflight_method.empty();
    if (allow.empty() && !preflight) {
      fail(x, Problem(404, "not_found", "Not found"));
      return true;
    }
    x.answer.status = 204;
    if (!allow.empty()) x.answer.header("Allow", allow);
    if (preflight) parts_.cors.add_preflight_headers(x.head.origin, x.answer);
    return true;
  }
  if (x.match.outcome == RouteMatch::Outcome::kBadPath) {
    fail(x, Problem(400, "bad_path", "The path is malformed"));
    return true;
  }
  if (x.match.outcome == RouteMatch::Outcome::kWrongVerb || (own_page && !reads)) {
    x.answer.header("Allow", own_page ? "GET, HEAD, OPTIONS" : x.match.allow);
    fail(x, method_not_allowed(x.head.method));
    return true;
  }
  if (own_page) {
    x.answer.header("Cache-Control", "no-store");
    write_json(x, own_page->status, std::move(own_page->json));
    return true;
  }
  fail(x, Problem(404, "not_found", "Not found"));
  return true;
}

bool Pipeline::refuse_by_rate(Exchange& x, const RateVerdict& verdict) const {
  if (verdict.limit != 0 &&
      (x.rate.limit == 0 || !verdict.allowed || verdict.remaining < x.rate.remaining)) {
    x.rate = verdict;
  }
  if (verdict.allowed) return false;
  parts_.metrics.rate_limited(x.route->rate_class);
  fail(x, too_many_requests(verdict.retry_after_s));
  return true;
}

net::awaitable<Identity> Pipeline::identify(Exchange& x, bool& by_cookie) const {
  Identity identity;
  // Nobody asks who calls a public path, so that a stale cookie cannot lock a browser out of it.
  if (x.route->policy->auth() == marquee::api::AUTH_PUBLIC) co_return identity;
  std::string_view token = bearer_token(x.head.authorization);
  if (token.empty()) {
    token = cookie_value(x.head.cookie, parts_.cookie.name());
    by_cookie = !token.empty();
  }
  if (token.empty()) co_return identity;
  std::optional<Identity> known = parts_.authenticator.identify(token);
  if (known) co_return *known;
  std::string text(token);
  identity = co_await parts_.authenticator.identify_patiently(std::move(text));
  co_return identity;
}

std::optional<Problem> Pipeline::admit(Exchange& x, const Identity& identity,
                                       bool by_cookie) const {
  using State = Identity::State;
  const auto auth = x.route->policy->auth();
  if (auth == marquee::api::AUTH_PUBLIC) return std::nullopt;
  if (identity.state == State::kUnavailable) return unavailable("keys_not_loaded", 1);
  if (identity.state == State::kValid) {
    if (by_cookie && x.route->unsafe && !parts_.cors.trusts_cookie_call(x.head)) {
      return Problem(403, "origin_not_allowed", "Requests from this origin are not allowed");
    }
    x.caller = identity.caller;
  }
  if (auth == marquee::api::AUTH_OPTIONAL) return std::nullopt;
  switch (identity.state) {
    case State::kAnonymous:
      return not_authenticated();
    case State::kExpired:
      return token_expired();
    case State::kInvalid:
      return token_not_valid();
    default:
      break;
  }
  if (auth == marquee::api::AUTH_ADMIN && !x.caller.admin()) {
    return Problem(403, "permission_denied", "You do not have permission to perform this action.");
  }
  return std::nullopt;
}

std::optional<Problem> Pipeline::encode(const Exchange& x, std::string& wire) const {
  auto error =
      transcode::encode_request(*x.match.route, x.match.values, x.target.query, x.body, wire);
  if (!error) return std::nullopt;
  if (error->reason == "no_such_path") return Problem(404, "not_found", "Not found");
  Problem problem(400, error->reason, error->message);
  if (!error->field.empty()) problem.fields.emplace_back(error->field, error->message);
  return problem;
}

UpstreamCall Pipeline::make_call(const Exchange& x, std::string wire) const {
  UpstreamCall call(x.match.route->method->grpc_path, std::move(wire),
                    std::chrono::steady_clock::now() + x.route->deadline);
  call.caller = x.caller.signed_in() ? rpc::encode_caller(x.caller) : caller_text_of_nobody();
  call.request_id = x.request_id;
  if (is_traceparent(x.head.traceparent)) call.traceparent = x.head.traceparent;
  call.retry = x.route->retry;
  return call;
}

std::optional<Problem> Pipeline::read_reply(const Exchange& x, const std::string& wire,
                                            bool from_cache, std::string& json,
                                            transcode::ReplyMarks& marks) const {
  transcode::ReplyOptions options;
  options.only = x.match.route->response_field;
  options.success_flag = x.route->policy->success_flag();
  options.from_cache = from_cache;
  if (transcode::write_reply(*x.match.route->method->reply, wire, options, json, marks)) {
    return std::nullopt;
  }
  log::error("a reply could not be read",
             {{"method", x.match.route->method->full_name}, {"request_id", x.request_id}});
  return Problem(500, "bad_reply", "Internal server error");
}

net::awaitable<void> Pipeline::answer_from_service(Exchange& x) const {
  const RoutePlan& plan = *x.route;
  std::string wire;
  if (auto problem = encode(x, wire)) {
    fail(x, *problem);
    co_return;
  }
  std::string request_wire;
  if (!plan.drops.empty()) request_wire = wire;
  UpstreamCall call = make_call(x, std::move(wire));
  UpstreamReply reply = co_await plan.upstream->call(std::move(call));
  if (!reply.ok()) {
    fail(x, problem_of(reply));
    co_return;
  }
  if (!plan.drops.empty()) {
    std::vector<std::string> drops;
    for (const auto& tag : plan.drops) drops.push_back(tag.fill(request_wire, reply.payload));
    parts_.cache.invalidate(drops);
  }
  std::string json;
  transcode::ReplyMarks marks;
  if (auto problem = read_reply(x, reply.payload, false, json, marks)) {
    fail(x, *problem);
    co_return;
  }
  if (plan.policy->session() == marquee::api::SESSION_EFFECT_SET) {
    x.answer.header("Set-Cookie", parts_.cookie.set(marks.session_token));
  } else if (plan.policy->session() == marquee::api::SESSION_EFFECT_CLEAR) {
    x.answer.header("Set-Cookie", parts_.cookie.clear());
  }
  x.answer.header("Cache-Control", "no-store");
  if (auto link = next_page_link(x.target, marks.next_cursor); !link.empty()) {
    x.answer.header("Link", link);
  }
  write_json(x, marks.status != 0 ? marks.status : x.match.route->success, std::move(json));
}

net::awaitable<void> Pipeline::answer_from_cache(Exchange& x) const {
  const RoutePlan& plan = *x.route;
  const std::string key = cache_key(x.match, x.target.query);
  if (auto cached = parts_.cache.find(key)) {
    x.cache = CacheUse::kHit;
    write_cached(x, *cached);
    co_return;
  }
  std::string wire;
  if (auto problem = encode(x, wire)) {
    fail(x, *problem);
    co_return;
  }
  EdgeCache::Joined joined = parts_.cache.join(key);
  if (joined.flight) {
    x.cache = CacheUse::kJoined;
    co_await joined.flight->wait();
    const EdgeCache::Outcome& outcome = joined.flight->outcome();
    if (outcome.answer) {
      write_cached(x, *outcome.answer);
    } else {
      fail(x, *outcome.problem);
    }
    co_return;
  }
  x.cache = CacheUse::kMiss;
  EdgeCache::Leader& leader = *joined.leader;
  std::vector<std::string> tags;
  for (const auto& tag : plan.tags) tags.push_back(tag.fill(wire));
  UpstreamCall call = make_call(x, std::move(wire));
  UpstreamReply reply = co_await plan.upstream->call(std::move(call));
  if (!reply.ok()) {
    Problem problem = problem_of(reply);
    leader.fail(problem);
    fail(x, problem);
    co_return;
  }
  std::string json;
  transcode::ReplyMarks marks;
  if (auto problem = read_reply(x, reply.payload, true, json, marks)) {
    leader.fail(*problem);
    fail(x, *problem);
    co_return;
  }
  unsigned status = marks.status != 0 ? marks.status : x.match.route->success;
  auto cached =
      std::make_shared<const CachedAnswer>(status, std::move(json), std::string(marks.next_cursor));
  // A failure in the shape of an answer is shared with those who wait, and not kept.
  leader.land(cached, std::move(tags), status < 300 ? plan.ttl : Millis(0));
  if (!plan.cached_text_differs) {
    write_cached(x, *cached);
    co_return;
  }
  std::string fresh;
  if (auto problem = read_reply(x, reply.payload, false, fresh, marks)) {
    fail(x, *problem);
    co_return;
  }
  CachedAnswer answer(status, std::move(fresh), std::string(marks.next_cursor));
  write_cached(x, answer);
}

}  // namespace marquee::gateway
