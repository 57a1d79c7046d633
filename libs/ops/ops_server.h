// The operators' port of every process: /metrics (Prometheus text), /healthz (the process lives),
// /readyz (it can serve). Never published to users. Runs on its own small thread pool.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace prometheus {
class Registry;
}

namespace marquee::ops {

class OpsServer {
 public:
  // Adds to what is scraped whether the process is ready (marquee_ready).
  // `listen`: host:port, port 0 picks one. `not_ready` returns an empty string when ready, else why
  // not (shown in /readyz, so no secrets). Throws std::runtime_error when the address is taken.
  OpsServer(const std::string& listen, std::shared_ptr<prometheus::Registry> registry,
            std::function<std::string()> not_ready);
  ~OpsServer();
  int port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::ops
