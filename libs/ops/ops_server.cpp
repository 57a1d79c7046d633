#include "libs/ops/ops_server.h"

#include <CivetServer.h>
#include <sstream>
#include <stdexcept>

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "libs/ops/live_registry.h"

namespace marquee::ops {
namespace {

void answer(mg_connection* connection, const char* status, const char* type,
            const std::string& body) {
  mg_printf(connection,
            "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
            "Connection: close\r\n\r\n",
            status, type, body.size());
  mg_write(connection, body.data(), body.size());
}

class Metrics : public CivetHandler {
 public:
  Metrics(std::shared_ptr<prometheus::Registry> registry, std::function<std::string()> not_ready)
      : registry_(std::move(registry)), not_ready_(std::move(not_ready)) {}
  bool handleGet(CivetServer*, mg_connection* connection) override {
    auto families = registry_->Collect();
    Scrape own;
    own.gauge("marquee_ready", "1 while the process can serve", {}, not_ready_().empty() ? 1 : 0);
    for (auto& family : own.take()) families.push_back(std::move(family));
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    answer(connection, "200 OK", "text/plain; version=0.0.4; charset=utf-8", text.str());
    return true;
  }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::function<std::string()> not_ready_;
};

class Health : public CivetHandler {
 public:
  bool handleGet(CivetServer*, mg_connection* connection) override {
    answer(connection, "200 OK", "text/plain", "ok\n");
    return true;
  }
};

class Readiness : public CivetHandler {
 public:
  explicit Readiness(std::function<std::string()> not_ready) : not_ready_(std::move(not_ready)) {}
  bool handleGet(CivetServer*, mg_connection* connection) override {
    std::string reason = not_ready_();
    answer(connection, reason.empty() ? "200 OK" : "503 Service Unavailable", "text/plain",
           (reason.empty() ? "ready" : reason) + "\n");
    return true;
  }

 private:
  std::function<std::string()> not_ready_;
};

}  // namespace

struct OpsServer::Impl {
  Metrics metrics;
  Health health;
  Readiness readiness;
  std::unique_ptr<CivetServer> server;

  Impl(std::shared_ptr<prometheus::Registry> registry, std::function<std::string()> not_ready)
      : metrics(std::move(registry), not_ready), readiness(std::move(not_ready)) {}
};

OpsServer::OpsServer(const std::string& listen, std::shared_ptr<prometheus::Registry> registry,
                     std::function<std::string()> not_ready)
    : impl_(std::make_unique<Impl>(std::move(registry), std::move(not_ready))) {
  try {
    impl_->server = std::make_unique<CivetServer>(std::vector<std::string>{
        "listening_ports", listen, "num_threads", "2", "request_timeout_ms", "5000"});
  } catch (const CivetException&) {
    throw std::runtime_error("cannot listen on " + listen + " (ops port)");
  }
  impl_->server->addHandler("/metrics$", impl_->metrics);
  impl_->server->addHandler("/healthz$", impl_->health);
  impl_->server->addHandler("/readyz$", impl_->readiness);
}

OpsServer::~OpsServer() = default;

int OpsServer::port() const {
  return impl_->server->getListeningPorts().at(0);
}

}  // namespace marquee::ops
