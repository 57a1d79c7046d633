#include "gateway/exchange.h"

namespace marquee::gateway {

void Exchange::reset() {
  head = RequestHead();
  body = {};
  started = {};
  request_id.clear();
  trace.clear();
  client = net::ip::address();
  target_error = TargetError::kNone;
  target = Target();
  match.outcome = transcode::RouteMatch::Outcome::kNotFound;
  match.route = nullptr;
  match.values.clear();
  match.allow.clear();
  route = nullptr;
  body_bytes_max = 0;
  caller.user_id = 0;
  caller.uid.clear();
  caller.session_id.clear();
  caller.role = rpc::Caller::Role::kUser;
  rate = RateVerdict();
  cache = CacheUse::kNone;
  upstream_time = {};
  cache_key.clear();
  abort = nullptr;
  answer.reset();
  takes_over = nullptr;
}

}  // namespace marquee::gateway
