// One RPC with its handler, its access rule and its metrics. Made before the server starts,
// immutable after.
#pragma once

#include <chrono>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>

#include "libs/core/turn_pool.h"
#include "libs/rpc/server.h"
#include "marquee/api/policy.pb.h"

namespace marquee::rpc {

class Lane {
 public:
  Lane(std::string name, std::size_t threads, std::size_t queue_max, core::TurnPool::HeldUp held_up)
      : pool_(std::move(name), threads, queue_max, std::move(held_up)) {}
  core::TurnPool& pool() { return pool_; }

 private:
  core::TurnPool pool_;
};

struct RpcMetrics {
  prometheus::Family<prometheus::Counter>* requests = nullptr;
  prometheus::Family<prometheus::Histogram>* seconds = nullptr;
  prometheus::Family<prometheus::Counter>* held_up = nullptr;
};

struct ServerMethod {
  std::string path;  // "/marquee.movie.v1.MovieCatalog/GetMovie"
  Service::Handler handler;
  Lane* lane = nullptr;
  api::Auth auth = api::AUTH_PUBLIC;
  const ServerConfig* config = nullptr;
  RpcMetrics metrics;
  prometheus::Counter* succeeded = nullptr;
  prometheus::Histogram* seconds = nullptr;
};

}  // namespace marquee::rpc
