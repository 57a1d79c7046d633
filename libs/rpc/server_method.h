// One RPC with its handler, its access rule and its counts, and the lane it runs on. Made before
// the server starts, immutable after, but for the counts.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "libs/core/error.h"
#include "libs/core/standing_queue.h"
#include "libs/core/tally.h"
#include "libs/core/turn_pool.h"
#include "libs/rpc/server.h"
#include "marquee/api/policy.pb.h"

namespace marquee::ops {
class Scrape;
}

namespace marquee::rpc {

class CallLog;

class Lane {
 public:
  // `wait_max` as ServerConfig.queue_wait_max has it.
  Lane(std::string name, std::size_t threads, std::size_t queue_max,
       std::chrono::milliseconds wait_max = {})
      : threads_(threads),
        queue_max_(queue_max),
        standing_(wait_max),
        pool_(std::move(name), threads, queue_max,
              [this](const char* rpc, std::size_t waiting) { held_up(rpc, waiting); }) {}
  core::TurnPool& pool() { return pool_; }

  // While a handler runs, or waits for a query of its turn.
  class Running {
   public:
    Running(Lane& lane, std::chrono::nanoseconds waited) : lane_(lane) {
      lane_.running_.add(+1);
      lane_.waits_.add(waited);
    }
    ~Running() { lane_.running_.add(-1); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    Lane& lane_;
  };
  // True: the call waited too long in a queue that stands, and is refused.
  bool refuses(std::chrono::nanoseconds waited, std::chrono::steady_clock::time_point now) {
    return standing_.refuses(waited, now);
  }
  void refused() { refused_.add(); }

  void read(ops::Scrape& scrape) const;

 private:
  void held_up(const char* rpc, std::size_t waiting);

  const std::size_t threads_;
  const std::size_t queue_max_;
  core::Tally running_;
  core::Tally refused_;
  core::Tally held_up_;
  core::Durations waits_;
  core::StandingQueue standing_;
  core::TurnPool pool_;
};

// Calls of one RPC, by how they ended and how long they took.
class RpcTally {
 public:
  void ended(Code code, std::chrono::nanoseconds time) {
    const auto number = static_cast<std::size_t>(code);
    codes_.add(number < kCodes ? number : static_cast<std::size_t>(Code::kUnknown));
    seconds_.add(time);
  }
  void read(ops::Scrape& scrape, const std::string& rpc) const;

 private:
  static constexpr std::size_t kCodes = static_cast<std::size_t>(Code::kUnauthenticated) + 1;
  core::Tallies<kCodes> codes_;
  core::Durations seconds_;
};

struct ServerMethod {
  std::string path;                       // "/marquee.movie.v1.MovieCatalog/GetMovie"
  Service::Handler handler;               // of a unary RPC
  Service::StreamHandler stream_handler;  // of a server-streaming one
  Lane* lane = nullptr;
  api::Auth auth = api::AUTH_PUBLIC;
  bool shed_last = false;
  const ServerConfig* config = nullptr;
  std::unique_ptr<RpcTally> tally = std::make_unique<RpcTally>();
  CallLog* log = nullptr;  // null: calls are not logged
};

}  // namespace marquee::rpc
