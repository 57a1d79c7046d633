// The socket commands that the descriptors declare (proto/marquee/api/event.proto), worked out once
// at start. Immutable afterwards, shared by all threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/config.h"
#include "gateway/route_plan.h"
#include "gateway/tag_template.h"
#include "libs/core/string_map.h"
#include "libs/transcode/api.h"

namespace marquee::gateway {

struct Command {
  std::string name;
  const transcode::Method* method = nullptr;
  const marquee::api::Policy* policy = nullptr;
  Upstream* upstream = nullptr;  // null: not configured
  std::size_t rate_class = 0;
  Millis deadline{0};
  Admission::Importance importance = Admission::Importance::kUsual;
  std::string reply;  // the event that the caller hears; empty: none
  // Topics:
  std::vector<TagTemplate> subscribe;             // by the request
  std::vector<TagTemplate> subscribe_with_reply;  // by both
  std::vector<TagTemplate> unsubscribe;
  std::vector<TagTemplate> joined;
  bool hears_leaving = false;
  // Of the edge cache, as a route's.
  std::vector<TagTemplate> drops;
};

class Commands {
 public:
  // Throws std::invalid_argument naming the RPC: an option names no field, or two RPCs have a
  // command of one name.
  Commands(const transcode::Api& api, const Upstreams& upstreams, const RateLimiter& limiter,
           const Config& config);

  // Null: there is none, or none for anybody outside.
  const Command* find(std::string_view name) const;
  const StringMap<Command>& all() const { return commands_; }

 private:
  StringMap<Command> commands_;
};

}  // namespace marquee::gateway
