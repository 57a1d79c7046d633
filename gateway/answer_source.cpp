// The middle of the pipeline: where an answer comes from, the edge cache or a service.
#include "gateway/header_values.h"
#include "gateway/json_lines.h"
#include "gateway/pipeline.h"
#include "libs/core/log.h"
#include "libs/transcode/request_encoder.h"

namespace marquee::gateway {
namespace {

std::vector<std::string> tags_of(const RoutePlan& plan, const std::string& request_wire) {
  std::vector<std::string> tags;
  for (const auto& tag : plan.tags) tags.push_back(tag.fill(request_wire));
  return tags;
}

const std::string& caller_text_of_nobody() {
  static const std::string text = rpc::encode_caller(rpc::Caller());
  return text;
}

}  // namespace

std::optional<Problem> Pipeline::encode(const Exchange& x, std::string& wire) const {
  auto error =
      transcode::encode_request(*x.match.route, x.match.values, x.target.query, x.body, wire);
  if (!error) return std::nullopt;
  if (error->reason == "no_such_path") return Problem(404, "not_found", "Not found");
  Problem problem(400, error->reason, error->message);
  if (!error->field.empty()) problem.fields.emplace_back(error->field, error->message);
  return problem;
}

const Trace& Pipeline::trace_of(Exchange& x) {
  if (x.trace.empty()) x.trace = Trace::continued(x.head.traceparent);
  return x.trace;
}

UpstreamCall Pipeline::make_call(Exchange& x, std::string wire) const {
  UpstreamCall call(x.match.route->method->grpc_path, std::move(wire),
                    std::chrono::steady_clock::now() + x.route->deadline);
  call.caller = x.caller.signed_in() ? rpc::encode_caller(x.caller) : caller_text_of_nobody();
  call.request_id = x.request_id;
  call.traceparent = trace_of(x).traceparent();
  call.retry = x.route->retry;
  call.importance = x.route->importance;
  call.abort = x.abort;
  call.fresh = !x.route->tags.empty() && parts_.cache.unsettled() &&
               parts_.cache.settling(tags_of(*x.route, call.payload));
  return call;
}

net::awaitable<UpstreamReply> Pipeline::call_service(Exchange& x, std::string wire) const {
  const auto& method = *x.match.route->method;
  UpstreamCall call = make_call(x, std::move(wire));
  parts_.metrics.calls_in_flight(method.upstream, +1);
  const auto asked = std::chrono::steady_clock::now();
  UpstreamReply reply = co_await x.route->upstream->call(std::move(call));
  x.upstream_time = std::chrono::steady_clock::now() - asked;
  parts_.metrics.calls_in_flight(method.upstream, -1);
  parts_.metrics.call_ended(method.upstream, reply.code, x.upstream_time);
  // What the service itself has to say is in its own log, and refusals come by the thousand.
  if (!reply.ok() && !reply.from_service && reply.reason != "overloaded") {
    log::warn("a call failed", {{"method", method.full_name},
                                {"code", code_name(reply.code)},
                                {"error", reply.message},
                                {"request_id", x.request_id},
                                {"trace_id", x.trace.trace_id()}});
  }
  co_return reply;
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
  if (x.match.route->method->streams) {
    co_await stream_from_service(x, std::move(wire));
    co_return;
  }
  std::string request_wire;
  if (!plan.drops.empty()) request_wire = wire;
  UpstreamReply reply = co_await call_service(x, std::move(wire));
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
    // The bus brings it too, but perhaps after this client's next request.
    parts_.authenticator.end_session(x.caller.session_id);
  }
  x.answer.header("Cache-Control", "no-store");
  if (auto link = next_page_link(x.target, marks.next_cursor); !link.empty()) {
    x.answer.header("Link", link);
  }
  write_json(x, marks.status != 0 ? marks.status : x.match.route->success, std::move(json));
}

// The first replies decide on the status; the others come while they are written.
net::awaitable<void> Pipeline::stream_from_service(Exchange& x, std::string wire) const {
  auto replies = x.route->upstream->open(make_call(x, std::move(wire)));
  auto lines =
      std::make_unique<JsonLines>(*x.match.route, std::move(replies), x.request_id, parts_.metrics);
  const auto asked = std::chrono::steady_clock::now();
  const auto next = co_await lines->next(x.answer.body);
  x.upstream_time = std::chrono::steady_clock::now() - asked;
  if (next == AnswerStream::Next::kBroken) {
    fail(x, lines->problem());
    co_return;
  }
  x.answer.status = x.match.route->success;
  x.answer.headers +=
      "Content-Type: application/x-ndjson\r\n"
      "Cache-Control: no-store\r\n";
  if (next == AnswerStream::Next::kPiece) x.answer.stream = std::move(lines);
}

bool Pipeline::answer_from_store(Exchange& x) const {
  append_cache_key(x.cache_key, x.match, x.target.query);
  const std::uint64_t generation = parts_.cache.generation();
  EdgeCache::Store::Time expires;
  auto cached = parts_.cache.find(x.cache_key, &expires);
  if (!cached) return false;
  x.cache = CacheUse::kHit;
  write_cached(x, *cached);
  keep_in_front(x, std::move(cached), generation, expires);
  return true;
}

net::awaitable<void> Pipeline::answer_from_cache(Exchange& x) const {
  const RoutePlan& plan = *x.route;
  std::string wire;
  if (auto problem = encode(x, wire)) {
    fail(x, *problem);
    co_return;
  }
  EdgeCache::Joined joined = parts_.cache.join(x.cache_key);
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
  // Others wait for this flight: it goes on when this client leaves.
  x.abort = nullptr;
  EdgeCache::Leader& leader = *joined.leader;
  std::vector<std::string> tags = tags_of(plan, wire);
  UpstreamReply reply = co_await call_service(x, std::move(wire));
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
