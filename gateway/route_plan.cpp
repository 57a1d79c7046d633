#include "gateway/route_plan.h"

#include <set>
#include <stdexcept>

#include "gateway/rate_limiter.h"
#include "gateway/upstream.h"
#include "libs/core/log.h"

namespace marquee::gateway {
namespace {

using transcode::MessagePlan;

bool has_text_from_cache(const MessagePlan& plan, std::set<const MessagePlan*>& seen) {
  if (!seen.insert(&plan).second) return false;
  for (const auto& field : plan.fields) {
    if (!field.text_from_cache.empty()) return true;
    if (field.message != nullptr && has_text_from_cache(*field.message, seen)) return true;
  }
  return false;
}

RoutePlan make_plan(const transcode::Route& route, const Upstreams& upstreams,
                    const RateLimiter& limiter, const Config& config) {
  const auto& method = *route.method;
  const auto& policy = *method.policy;
  RoutePlan plan;
  plan.route = &route;
  plan.policy = &policy;
  if (auto it = upstreams.find(method.upstream); it != upstreams.end()) {
    plan.upstream = it->second.get();
  }
  bool is_get = route.verb == transcode::Verb::kGet;
  plan.unsafe = !is_get;
  plan.rate_class =
      limiter.class_of(policy.rate().empty() ? (is_get ? "read" : "write") : policy.rate());
  plan.deadline =
      policy.deadline_ms() == 0 ? config.deadline_default : Millis(policy.deadline_ms());
  plan.body_bytes_max = policy.body_max_bytes() == 0
                            ? static_cast<std::size_t>(config.body_bytes_max)
                            : policy.body_max_bytes();
  plan.retry = is_get || policy.idempotent();
  if (policy.shed_last() || policy.auth() == marquee::api::AUTH_ADMIN) {
    plan.importance = Admission::Importance::kHigh;
  }
  plan.ttl = std::chrono::seconds(policy.cache().ttl_s());
  bool same_for_all = policy.auth() == marquee::api::AUTH_PUBLIC ||
                      policy.auth() == marquee::api::AUTH_OPTIONAL || policy.cache().shared();
  plan.cached = is_get && plan.ttl.count() > 0 && same_for_all;
  std::set<const MessagePlan*> seen;
  plan.cached_text_differs = has_text_from_cache(*method.reply, seen);
  for (const auto& tag : policy.cache().tags()) plan.tags.emplace_back(tag, *method.request);
  for (const auto& tag : policy.drops()) {
    plan.drops.emplace_back(tag, *method.request, method.reply);
  }
  return plan;
}

}  // namespace

RoutePlans::RoutePlans(const transcode::RouteTable& table, const Upstreams& upstreams,
                       const RateLimiter& limiter, const Config& config)
    : plans_(table.routes().size()) {
  std::set<std::string> missing;
  for (const auto& route : table.routes()) {
    try {
      plans_[route->index] = make_plan(*route, upstreams, limiter, config);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(route->method->full_name + ": " + error.what());
    }
    if (plans_[route->index].upstream == nullptr) missing.insert(route->method->upstream);
  }
  for (const auto& name : missing) {
    log::warn("routes without an upstream answer 503", {{"upstream", name}});
  }
}

const RoutePlan* RoutePlans::of(const transcode::Route& route) const {
  const RoutePlan& plan = plans_[route.index];
  return plan.policy->auth() == marquee::api::AUTH_INTERNAL ? nullptr : &plan;
}

}  // namespace marquee::gateway
