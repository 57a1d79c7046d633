// What the gateway has worked out about each route at start, so that a request only reads it.
// Immutable afterwards, shared by all threads.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "gateway/admission.h"
#include "gateway/config.h"
#include "gateway/tag_template.h"
#include "libs/core/string_map.h"
#include "libs/transcode/route_table.h"
#include "marquee/api/policy.pb.h"

namespace marquee::gateway {

class RateLimiter;
class Upstream;
using Upstreams = StringMap<std::unique_ptr<Upstream>>;

struct RoutePlan {
  const transcode::Route* route = nullptr;
  const marquee::api::Policy* policy = nullptr;
  Upstream* upstream = nullptr;  // null: not configured
  std::size_t rate_class = 0;
  Millis deadline{0};
  std::size_t body_bytes_max = 0;
  bool unsafe = false;  // changes something: POST, PUT, PATCH, DELETE
  bool retry = false;
  Admission::Importance importance = Admission::Importance::kUsual;
  bool cached = false;
  // Whether an answer from the cache reads otherwise than a fresh one.
  bool cached_text_differs = false;
  Millis ttl{0};
  std::vector<TagTemplate> tags;
  std::vector<TagTemplate> drops;

  bool takes_body() const { return route->body != transcode::Route::Body::kIgnored; }
};

class RoutePlans {
 public:
  // Throws std::invalid_argument naming the RPC when its policy cannot be kept.
  RoutePlans(const transcode::RouteTable& table, const Upstreams& upstreams,
             const RateLimiter& limiter, const Config& config);

  // Null for a route that nobody outside may call.
  const RoutePlan* of(const transcode::Route& route) const;

 private:
  std::vector<RoutePlan> plans_;  // by Route::index
};

}  // namespace marquee::gateway
