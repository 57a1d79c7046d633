// Configuration of the room-sync service beyond what every service has (rpc::ServiceApp). Filled
// once at start.
#pragma once

#include <chrono>
#include <string>

#include "libs/core/config.h"
#include "libs/rpc/tls.h"

namespace marquee::rooms {

struct Config {
  // Where the auth service listens, as a gRPC target.
  std::string auth_target = "dns:///127.0.0.1:9101";
  // How its connections are secured.
  rpc::TlsFiles auth_tls;
  // How long usernames are believed without asking again.
  std::chrono::milliseconds user_ttl = std::chrono::seconds(60);

  void add_to(core::Options& options);
};

}  // namespace marquee::rooms
