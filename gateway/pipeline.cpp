#include "gateway/pipeline.h"

#include "gateway/header_values.h"
#include "gateway/hub/socket_door.h"
#include "libs/core/ids.h"

namespace marquee::gateway {
namespace {

using transcode::RouteMatch;

struct Token {
  std::string_view text;
  bool by_cookie = false;
};

Token token_of(const RequestHead& head, const std::string& cookie_name) {
  Token token{bearer_token(head.authorization)};
  if (!token.text.empty() || head.cookie.empty()) return token;
  token.text = cookie_value(head.cookie, cookie_name);
  token.by_cookie = !token.text.empty();
  return token;
}

}  // namespace

void Pipeline::name_request(Exchange& x) const {
  if (is_request_id(x.head.request_id)) {
    x.request_id = x.head.request_id;
  } else {
    random_request_id(x.request_id);
  }
  x.client = parts_.client_address.find(x.peer, x.head.forwarded_for);
}

bool Pipeline::answer_known(Exchange& x) const {
  const FrontCache* front = parts_.fronts.here();
  if (front == nullptr || (x.head.method != "GET" && x.head.method != "HEAD")) return false;
  x.started = std::chrono::steady_clock::now();
  auto known = front->find(x.head.target, parts_.cache.generation(), x.started);
  if (!known) return false;
  const RoutePlan& plan = *known->route;
  const bool names_nobody = x.head.authorization.empty() && x.head.cookie.empty();
  if (plan.policy->auth() != marquee::api::AUTH_PUBLIC && !names_nobody) return false;
  const bool packed = accepts_gzip(x.head.accept_encoding);
  if (packed && known->head_gzip.empty()) return false;
  name_request(x);
  x.route = &plan;
  x.match.outcome = RouteMatch::Outcome::kFound;
  x.match.route = plan.route;
  if (!refuse_by_rate(x, parts_.limiter.take(plan.rate_class, x.client, x.started))) {
    x.cache = CacheUse::kHit;
    write_known(x, std::move(known), packed);
  }
  finish(x);
  return true;
}

void Pipeline::begin(Exchange& x) const {
  x.started = std::chrono::steady_clock::now();
  name_request(x);
  x.body_bytes_max = static_cast<std::size_t>(parts_.config.body_bytes_max);
  x.target_error = parse_target(x.head.method, x.head.target, x.target);
  if (x.target_error != TargetError::kNone || x.head.method == "OPTIONS") return;
  if (parts_.door != nullptr && SocketDoor::wants(x) == SocketDoor::Wants::kEngine) {
    x.body_bytes_max = parts_.door->body_bytes_max();
    return;
  }
  x.match = parts_.table.match(x.head.method, x.target.path);
  if (x.match.outcome != RouteMatch::Outcome::kFound) return;
  x.route = parts_.plans.of(*x.match.route);
  if (x.route != nullptr) x.body_bytes_max = x.route->body_bytes_max;
}

Pipeline::Next Pipeline::start(Exchange& x) const {
  Next next = decide(x);
  if (next == Next::kWrite) finish(x);
  return next;
}

net::awaitable<void> Pipeline::wait(Exchange& x, Next next) const {
  parts_.metrics.requests_in_flight(+1);
  if (next == Next::kKeys) {
    std::string token(token_of(x.head, parts_.cookie.name()).text);
    Identity identity = co_await parts_.authenticator.identify_patiently(std::move(token));
    next = decide_for(x, identity);
  }
  if (next == Next::kCache) co_await answer_from_cache(x);
  if (next == Next::kService) co_await answer_from_service(x);
  if (next == Next::kSocket) co_await answer_at_door(x);
  parts_.metrics.requests_in_flight(-1);
  finish(x);
}

net::awaitable<void> Pipeline::answer_at_door(Exchange& x) const {
  auto problem = co_await parts_.door->answer(x, SocketDoor::wants(x));
  if (problem) fail(x, *problem);
}

Pipeline::Next Pipeline::decide(Exchange& x) const {
  if (parts_.door != nullptr && x.target_error == TargetError::kNone &&
      SocketDoor::wants(x) != SocketDoor::Wants::kNothing) {
    return Next::kSocket;
  }
  if (answer_without_route(x)) return Next::kWrite;
  const RoutePlan& plan = *x.route;
  if (refuse_by_rate(x, parts_.limiter.take(plan.rate_class, x.client, x.started))) {
    return Next::kWrite;
  }
  Identity identity;
  // Nobody asks who calls a public path, so that a stale cookie cannot lock a browser out of it.
  if (plan.policy->auth() != marquee::api::AUTH_PUBLIC) {
    Token token = token_of(x.head, parts_.cookie.name());
    if (!token.text.empty()) {
      auto known = parts_.authenticator.identify(token.text);
      if (!known) return Next::kKeys;
      identity = std::move(*known);
    }
  }
  return decide_for(x, identity);
}

Pipeline::Next Pipeline::decide_for(Exchange& x, const Identity& identity) const {
  const RoutePlan& plan = *x.route;
  if (auto problem = admit(x, identity)) {
    fail(x, *problem);
    return Next::kWrite;
  }
  if (x.caller.signed_in() &&
      refuse_by_rate(x, parts_.limiter.take(plan.rate_class, x.caller.user_id, x.started))) {
    return Next::kWrite;
  }
  if (plan.takes_body() && !x.body.empty() && !is_json(x.head.content_type)) {
    fail(x, Problem(415, "unsupported_media_type", "Content-Type must be application/json"));
    return Next::kWrite;
  }
  if (plan.upstream == nullptr) {
    fail(x, unavailable("upstream_not_configured", 1));
    return Next::kWrite;
  }
  bool personal = plan.policy->auth() == marquee::api::AUTH_OPTIONAL && x.caller.signed_in();
  if (!plan.cached || personal) return Next::kService;
  return answer_from_store(x) ? Next::kWrite : Next::kCache;
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
  const DocsPage* docs_page = parts_.docs.find(x.target.path);
  const bool ours = own_page || docs_page != nullptr;
  if (x.head.method == "OPTIONS") {
    std::string allow =
        ours || x.target.path == "*" ? "GET, HEAD, OPTIONS" : parts_.table.allowed(x.target.path);
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
  if (x.match.outcome == RouteMatch::Outcome::kWrongVerb || (ours && !reads)) {
    x.answer.header("Allow", ours ? "GET, HEAD, OPTIONS" : x.match.allow);
    fail(x, method_not_allowed(x.head.method));
    return true;
  }
  if (docs_page != nullptr) {
    write_docs_page(*docs_page, x);
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

std::optional<Problem> Pipeline::admit(Exchange& x, const Identity& identity) const {
  using State = Identity::State;
  const auto auth = x.route->policy->auth();
  if (auth == marquee::api::AUTH_PUBLIC) return std::nullopt;
  if (identity.state == State::kUnavailable) return unavailable("keys_not_loaded", 1);
  if (identity.state == State::kValid) {
    if (x.route->unsafe && token_of(x.head, parts_.cookie.name()).by_cookie &&
        !parts_.cors.trusts_cookie_call(x.head)) {
      return Problem(403, "origin_not_allowed", "Requests from this origin are not allowed");
    }
    x.caller = *identity.caller;
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
