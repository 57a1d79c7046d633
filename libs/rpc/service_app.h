// What every service's main() shares: the common configuration, logs, database with migrations,
// bus, gRPC server, ops port, and an orderly end on SIGTERM or SIGINT.
//
//   int main(int argc, char** argv) {
//     Config config;
//     rpc::ServiceApp app("auth-service", "MARQUEE_AUTH_", "Accounts, sessions and tokens.");
//     config.add_to(app.options());
//     return app.run(argc, argv, [&](rpc::Parts& parts) { return
//     std::make_unique<AuthService>(config, parts); });
//   }
//
// The object that the factory returns lives until the server has stopped.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/bus/bus.h"
#include "libs/core/config.h"
#include "libs/db/pool.h"
#include "libs/events/config.h"
#include "libs/rpc/server.h"

namespace marquee::ops {
class LiveRegistry;
}

namespace marquee::rpc {

struct Parts {
  db::Pool& database;
  bus::Bus& bus;
  Server& server;
  ops::LiveRegistry& registry;  // scraped until the factory's object goes
  events::Config events = {};   // for the service's outbox and consumers
};

// Base of what a factory returns; holds handlers, stores, caches.
class ServiceParts {
 public:
  virtual ~ServiceParts() = default;
};

class ServiceApp {
 public:
  using Factory = std::function<std::unique_ptr<ServiceParts>(Parts&)>;

  // `concurrency`: threads, and connections to the database, unless configured otherwise. More than
  // there are cores pay where calls wait for the database together.
  ServiceApp(std::string program, std::string env_prefix, std::string purpose, int concurrency = 8);
  ~ServiceApp();

  // For the service's own options and commands. `health` and the common options are there already.
  core::Options& options();
  // For commands (import, grant-admin): a migrated database pool and the bus, without a server.
  void with_database(const std::function<void(db::Pool&, bus::Bus&)>& work);
  int run(int argc, char** argv, const Factory& factory);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::rpc
