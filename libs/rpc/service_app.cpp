#include "libs/rpc/service_app.h"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <pthread.h>

#include "libs/bus/bus_metrics.h"
#include "libs/core/log.h"
#include "libs/db/migrations.h"
#include "libs/db/pool_metrics.h"
#include "libs/ops/live_registry.h"
#include "libs/ops/ops_server.h"
#include "libs/ops/process_metrics.h"
#include "libs/rpc/certificate_name.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/lock_order.h"

namespace marquee::rpc {
namespace {

struct CommonConfig {
  std::string listen = "127.0.0.1:0";
  std::string ops_listen = "127.0.0.1:0";
  std::string database_url;
  std::string nats_url = "nats://127.0.0.1:4222";
  int events_replicas = 1;
  std::string log_level = "info";
  std::int64_t log_file_bytes_max = log::kFileBytesMax;
  bool call_log = true;
  int workers = 0;
  int queue_max = 1024;
  std::chrono::milliseconds queue_wait_max{250};
  int database_connections = 0;
  std::chrono::milliseconds startup_patience{30'000};
  TlsFiles tls;
  TlsFiles health_tls;
};

// Blocked before the first thread starts, so that all inherit it and main alone waits for them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

std::string reachable(std::string listen) {
  if (listen.rfind("0.0.0.0:", 0) == 0) listen.replace(0, 7, "127.0.0.1");
  if (listen.rfind("[::]:", 0) == 0) listen.replace(0, 4, "[::1]");
  return listen;
}

}  // namespace

struct ServiceApp::Impl {
  Impl(std::string name, std::string env_prefix, std::string purpose, int concurrency)
      : program(name), options(std::move(name), std::move(env_prefix), std::move(purpose)) {
    common.workers = common.database_connections = concurrency;
    options.add("listen", common.listen, "host:port for gRPC; port 0 picks one");
    options.add("ops-listen", common.ops_listen,
                "host:port for /metrics, /healthz and /readyz; not for the public");
    options.add_secret("database-url", common.database_url,
                       "PostgreSQL connection string (libpq) of the service's own role");
    options.add_secret("nats-url", common.nats_url, "NATS servers, comma-separated");
    options.add("events-replicas", common.events_replicas,
                "copies that NATS servers keep of each durable event: no more than there are "
                "servers, the same in every service",
                1, 5);
    options.add("log-level", common.log_level, "trace, debug, info, warn or error");
    options.add("log-file-bytes-max", common.log_file_bytes_max,
                "bytes after which a log file that stderr goes to becomes FILE.1; 0: never", 0);
    options.add("call-log", common.call_log, "one log line a call");
    options.add("workers", common.workers, "threads that run calls", 1, 256);
    options.add("queue-max", common.queue_max, "calls that may wait for a thread", 1, 1'000'000);
    options.add("queue-wait-max", common.queue_wait_max,
                "time that a call may wait for a thread while more come than can be run; 0s: until "
                "its deadline");
    options.add("database-connections", common.database_connections,
                "connections to PostgreSQL at most", 1, 256);
    options.add("tls-certificate", common.tls.certificate,
                "PEM file with the certificate that gRPC clients see; empty: no TLS");
    options.add("tls-key", common.tls.key, "PEM file with the certificate's key");
    options.add("tls-ca", common.tls.ca,
                "PEM file of whom clients' certificates must come from; empty: any client");
    options.add("startup-patience", common.startup_patience,
                "how long to wait for the database at start");
    options.add("health-tls-certificate", common.health_tls.certificate,
                "PEM file with what `health` shows under mTLS; empty: the service's own");
    options.add("health-tls-key", common.health_tls.key, "PEM file with its key");
    options.add_command("health", "Check the running instance; exit code 0 if it serves", "", 0, 0,
                        [this](const std::vector<std::string>&) {
                          const bool ok = healthy();
                          std::cout << (ok ? "serving" : "not serving") << '\n';
                          return ok ? 0 : 1;
                        });
  }

  // Asks the instance of this configuration, wherever it listens: who has the certificate's key is
  // it, whoever signed the certificate and whatever it is good for.
  bool healthy() const {
    constexpr std::chrono::seconds kPatience{2};
    const std::string target = reachable(common.listen);
    if (!common.tls.enabled()) return Channel(target).healthy(kPatience);
    TlsFiles files = common.health_tls.certificate.empty() ? common.tls : common.health_tls;
    files.ca = common.tls.certificate;
    return Channel(target, files, certificate_name(common.tls.certificate)).healthy(kPatience);
  }

  db::PoolConfig pool_config() const {
    if (common.database_url.empty()) {
      throw std::runtime_error("database-url is not set (see --help)");
    }
    setenv("PGCONNECT_TIMEOUT", "3", 0);
    db::PoolConfig config;
    config.database_url = common.database_url;
    config.size = static_cast<std::size_t>(common.database_connections);
    return config;
  }

  void migrate(db::Pool& pool) const {
    for (const auto& name : db::migrate(pool, migrations(), common.startup_patience)) {
      log::info("migration applied", {{"migration", name}});
    }
  }

  int serve(const Factory& factory);

  const std::string program;
  CommonConfig common;
  core::Options options;
};

int ServiceApp::Impl::serve(const Factory& factory) {
  sigset_t signals = block_stop_signals();
  log::start(program, common.log_level, common.log_file_bytes_max);
  auto registry = std::make_shared<ops::LiveRegistry>();
  ops::add_process_metrics(*registry, program);
  db::Pool pool(pool_config());
  migrate(pool);
  // What a service announces it has done itself already.
  bus::Bus bus(common.nats_url, program, {.echo = false});
  ServerConfig server_config;
  server_config.listen = common.listen;
  server_config.workers = static_cast<std::size_t>(common.workers);
  server_config.queue_max = static_cast<std::size_t>(common.queue_max);
  server_config.queue_wait_max = common.queue_wait_max;
  server_config.call_log = common.call_log;
  server_config.tls = common.tls;
  Server server(server_config, registry.get());
  Parts parts{pool, bus, server, *registry};
  parts.events.replicas = common.events_replicas;
  std::unique_ptr<ServiceParts> service = factory(parts);
  server.start();
  db::add_metrics(*registry, pool);
  bus::add_metrics(*registry, bus);
  registry->add([](ops::Scrape& scrape) {
    scrape.gauge("marquee_migrations_known", "Migrations that this program brings along", {},
                 migrations().size());
  });
  auto ops = std::make_unique<ops::OpsServer>(common.ops_listen, registry, [&]() -> std::string {
    try {
      pool.ping(std::chrono::steady_clock::now() + std::chrono::seconds(1));
      return {};
    } catch (const Error&) {
      return "database not connected";
    }
  });
  log::info("serving",
            {{"listen", common.listen}, {"port", server.port()}, {"ops_port", ops->port()}});
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("stopping", {{"signal", signal}});
  server.stop();
  ops.reset();
  service.reset();
  log::info("stopped");
  log::flush();
  return 0;
}

ServiceApp::ServiceApp(std::string program, std::string env_prefix, std::string purpose,
                       int concurrency)
    : impl_(std::make_unique<Impl>(std::move(program), std::move(env_prefix), std::move(purpose),
                                   concurrency)) {}
ServiceApp::~ServiceApp() = default;

core::Options& ServiceApp::options() {
  return impl_->options;
}

void ServiceApp::with_database(const std::function<void(db::Pool&, bus::Bus&)>& work) {
  log::start(impl_->program, impl_->common.log_level);
  db::Pool pool(impl_->pool_config());
  impl_->migrate(pool);
  bus::Bus bus(impl_->common.nats_url, impl_->program);
  work(pool, bus);
  bus.flush(1'000);
}

int ServiceApp::run(int argc, char** argv, const Factory& factory) {
  skip_lock_order_checks();
  return impl_->options.parse_and_run(argc, argv, [&] { return impl_->serve(factory); });
}

}  // namespace marquee::rpc
