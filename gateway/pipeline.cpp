#include "gateway/pipeline.h"

#include "gateway/header_values.h"
#include "libs/core/ids.h"

namespace marquee::gateway {
namespace {

using transcode::RouteMatch;

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

}  // namespace marquee::gateway
