// Configuration of the movie service beyond what every service has (rpc::ServiceApp). Filled once
// at start.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "libs/core/config.h"
#include "libs/rpc/tls.h"

namespace marquee::movie {

struct Config {
  // Where the auth service listens, as a gRPC target.
  std::string auth_target = "dns:///127.0.0.1:9101";
  // How its connections are secured.
  rpc::TlsFiles auth_tls;
  // Memory for films and lists read lately.
  std::int64_t cache_bytes = 64 << 20;
  // Longest life of a cached film or list: the bound when an invalidation was lost.
  std::chrono::milliseconds cache_ttl = std::chrono::minutes(5);
  // How long usernames are believed without asking again.
  std::chrono::milliseconds user_ttl = std::chrono::seconds(60);

  void add_to(core::Options& options);
};

}  // namespace marquee::movie
