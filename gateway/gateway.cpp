#include "gateway/gateway.h"

#include <algorithm>
#include <cstdlib>
#include <malloc.h>
#include <stdexcept>
#include <thread>

#include "gateway/auth_directory.h"
#include "gateway/entrance.h"
#include "gateway/http_server.h"
#include "gateway/http_session.h"
#include "gateway/hub/socket_door.h"
#include "gateway/io_threads.h"
#include "gateway/pipeline.h"
#include "gateway/redirects.h"
#include "gateway/tls_credentials.h"
#include "libs/bus/bus_metrics.h"
#include "libs/cache/cache_metrics.h"
#include "libs/core/log.h"
#include "libs/ops/live_registry.h"
#include "libs/ops/ops_server.h"
#include "libs/ops/process_metrics.h"
#include "libs/rpc/poller.h"
#include "libs/transcode/api.h"
#include "marquee/api/bus.pb.h"

namespace marquee::gateway {
namespace {

constexpr std::chrono::milliseconds kStopPoll{20};
constexpr int kRush = 256;  // connections more or fewer
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

std::size_t cores(const Config& config) {
  if (config.threads > 0) return static_cast<std::size_t>(config.threads);
  return std::max(1u, std::thread::hardware_concurrency());
}

std::unique_ptr<AccessLog> make_access_log(const Config& config) {
  if (!config.access_log || !log::info_enabled()) return nullptr;
  return std::make_unique<AccessLog>(cores(config), &log::write_lines);
}

Upstreams make_upstreams(const Config& config, IoThreads& threads, const Metrics& metrics) {
  Upstream::Options options;
  options.registry = metrics.registry();
  options.poller = std::make_shared<rpc::Poller>();
  options.inflight_max = config.inflight_max;
  options.tls = {config.upstream_tls_ca, config.upstream_tls_certificate, config.upstream_tls_key};
  Upstreams upstreams;
  for (auto& address : parse_upstreams(config.upstreams)) {
    std::string name = address.name;
    upstreams.emplace(std::move(name),
                      std::make_unique<Upstream>(std::move(address), threads, options));
  }
  return upstreams;
}

std::unique_ptr<TlsCredentials> make_tls(const Config& config, IoThreads& threads,
                                         const Metrics& metrics) {
  if (!config.tls()) return nullptr;
  return std::make_unique<TlsCredentials>(config, threads.context(0).get_executor(),
                                          *metrics.registry());
}

Upstream& auth_upstream(const Upstreams& upstreams) {
  auto it = upstreams.find("auth");
  if (it == upstreams.end()) throw std::invalid_argument("upstreams: auth is missing");
  return *it->second;
}

}  // namespace

struct Gateway::Parts {
  // In the order of use: what comes later may use what comes before, and ends earlier.
  transcode::Api api;
  transcode::RouteTable table;
  RateLimiter limiter;
  Cors cors;
  SessionCookie cookie;
  ClientAddress client_address;
  OwnPages own_pages;
  DocsPages docs;
  Metrics metrics;
  EdgeCache cache;
  PerCore<FrontCache> fronts;
  std::unique_ptr<AccessLog> access_log;
  IoThreads threads;
  Upstreams upstreams;
  RoutePlans plans;
  AuthDirectory directory;
  Authenticator authenticator;
  Commands commands;
  LiveTypes live_types;
  Hub hub;
  SocketDoor door;
  Pipeline pipeline;
  std::unique_ptr<TlsCredentials> tls;  // null: plain text
  Entrance entrance;
  HttpServer server;
  // All of these or none.
  std::unique_ptr<Entrance> plain_entrance;
  std::unique_ptr<Redirects> redirects;
  std::unique_ptr<HttpServer> redirect_server;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<bus::Bus> live_bus;
  std::vector<bus::Subscription> subscriptions;
  std::unique_ptr<ops::OpsServer> ops;

  Parts(const Gateway& gateway, const Config& config, std::string_view descriptors)
      : api(descriptors),
        table(api),
        limiter(parse_rates(config.rates)),
        cors(config.cors_origins, config.cookie_origin_required),
        cookie(config),
        client_address(config.trusted_proxies),
        own_pages([&gateway] { return gateway.not_ready(); }),
        docs(api, table, config),
        metrics(table.routes(), limiter.rates(), cores(config)),
        cache(static_cast<std::size_t>(config.cache_bytes)),
        fronts(cores(config)),
        access_log(make_access_log(config)),
        threads(static_cast<int>(cores(config))),
        upstreams(make_upstreams(config, threads, metrics)),
        plans(table, upstreams, limiter, config),
        directory(threads.context(0).get_executor(), auth_upstream(upstreams)),
        authenticator(directory, cores(config)),
        commands(api, upstreams, limiter, config),
        live_types(api),
        hub({config, api, commands, live_types, authenticator, directory, limiter, cache, threads}),
        door(hub, cors, cookie),
        pipeline({config, table, plans, own_pages, docs, cors, cookie, client_address, limiter,
                  authenticator, cache, fronts, metrics, &door, access_log.get()}),
        tls(make_tls(config, threads, metrics)),
        entrance(config, tls.get(), cores(config), *metrics.registry()),
        server(
            threads, {config.listen, config.connections_max, tls ? std::string_view() : kFull},
            [this, &config](auto socket, ConnectionWatch& watch) {
              return serve_connection(std::move(socket), watch, pipeline, entrance, config);
            },
            metrics) {
    if (!config.redirect_listen.empty()) add_redirects(config);
  }

  void add_redirects(const Config& config) {
    plain_entrance =
        std::make_unique<Entrance>(config, nullptr, cores(config), *metrics.registry());
    redirects = std::make_unique<Redirects>(config, *tls, *plain_entrance, own_pages);
    redirect_server = std::make_unique<HttpServer>(
        threads, HttpServer::Options{config.redirect_listen, config.connections_max, kFull},
        [this](auto socket, ConnectionWatch& watch) {
          return redirects->serve(std::move(socket), watch);
        },
        metrics);
  }

  int connections() const {
    return server.connections() + hub.connections() +
           (redirect_server ? redirect_server->connections() : 0);
  }
};

namespace {

Config checked(Config config) {
  config.check();
  return config;
}

}  // namespace

Gateway::Gateway(Config config, std::string_view file_descriptor_set)
    : config_(checked(std::move(config))),
      parts_(std::make_unique<Parts>(*this, config_, file_descriptor_set)) {}

Gateway::~Gateway() {
  stop();
}

// Read on the threads of the ops server, which ends before what it reads.
void Gateway::add_metrics() {
  ops::LiveRegistry& registry = *parts_->metrics.registry();
  ops::add_process_metrics(registry, "gateway");
  registry.add([parts = parts_.get(), limit = config_.connections_max](ops::Scrape& scrape) {
    scrape.gauge("marquee_http_connections_limit", "Open connections at most", {}, limit);
    cache::read_metrics(scrape, "edge", parts->cache.stats());
    if (parts->access_log) {
      scrape.counter("marquee_access_log_dropped_total",
                     "Requests that the access log found no room for", {},
                     parts->access_log->dropped());
    }
  });
  if (parts_->bus) bus::add_metrics(registry, *parts_->bus);
  parts_->hub.add_metrics(registry);
}

void Gateway::start() {
  listen_to_bus();
  add_metrics();
  if (!config_.ops_listen.empty()) {
    parts_->ops = std::make_unique<ops::OpsServer>(config_.ops_listen, parts_->metrics.registry(),
                                                   [this] { return not_ready(); });
  }
  parts_->server.start();
  if (parts_->redirect_server) parts_->redirect_server->start();
  if (parts_->tls) parts_->tls->start();
  parts_->directory.start();
  parts_->threads.start();
  started_ = true;
  log::info("listening", {{"address", config_.listen},
                          {"tls", config_.tls()},
                          {"port", parts_->server.port()},
                          {"threads", parts_->threads.size()}});
}

void Gateway::listen_to_bus() {
  if (config_.nats_url.empty()) return parts_->hub.start(nullptr);
  // Thousands of topics, and none of them may hold up an invalidation.
  parts_->live_bus = std::make_unique<bus::Bus>(config_.nats_url, "gateway-live",
                                                bus::Bus::Options{.one_thread = true});
  parts_->hub.start(parts_->live_bus.get());
  parts_->door.start(parts_->live_bus.get());
  parts_->bus = std::make_unique<bus::Bus>(config_.nats_url, "gateway");
  EdgeCache& cache = parts_->cache;
  AuthDirectory& directory = parts_->directory;
  // What was missed while disconnected cannot be known.
  parts_->bus->on_reconnect([&cache, &directory] {
    cache.clear();
    directory.read_revocations_again();
  });
  parts_->subscriptions.push_back(
      parts_->bus->subscribe("cache.invalidate", [&cache](std::string_view payload) {
        marquee::api::CacheInvalidation message;
        if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return;
        cache.invalidate({message.tags().begin(), message.tags().end()});
      }));
  parts_->subscriptions.push_back(parts_->bus->subscribe(
      "auth.session.revoked",
      [&directory](std::string_view payload) { directory.revoke(payload); }));
}

int Gateway::port() const {
  return parts_->server.port();
}

int Gateway::ops_port() const {
  return parts_->ops ? parts_->ops->port() : 0;
}

int Gateway::redirect_port() const {
  return parts_->redirect_server ? parts_->redirect_server->port() : 0;
}

void Gateway::reload_certificate() {
  if (parts_->tls) parts_->tls->reload();
}

void Gateway::give_back_memory() {
  const int now = parts_->connections();
  const bool rushing = now != std::exchange(connections_seen_, now);
  if (rushing || std::abs(now - connections_settled_) < kRush) return;
  connections_settled_ = now;
  malloc_trim(0);
}

std::string Gateway::not_ready() const {
  if (stopping_) return "shutting down";
  if (!started_ || !parts_->directory.ready()) return "waiting for the auth service";
  return {};
}

void Gateway::stop() {
  if (!started_ || stopping_.exchange(true)) return;
  log::info("shutting down", {{"connections", parts_->connections()}});
  std::this_thread::sleep_for(config_.shutdown_delay);
  parts_->subscriptions.clear();
  parts_->hub.drain();
  parts_->door.drain();
  parts_->server.drain();
  if (parts_->redirect_server) parts_->redirect_server->drain();
  auto give_up = std::chrono::steady_clock::now() + config_.shutdown_grace;
  while (parts_->connections() > 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kStopPoll);
  }
  if (int left = parts_->connections(); left > 0) {
    log::warn("cutting off what is left", {{"connections", left}});
  }
  parts_->directory.stop();
  parts_->door.stop();
  parts_->hub.stop();
  if (parts_->tls) parts_->tls->stop();
  parts_->threads.release();
  do {
    parts_->server.close();
    if (parts_->redirect_server) parts_->redirect_server->close();
    for (auto& [name, upstream] : parts_->upstreams) upstream->cancel_all();
  } while (!parts_->threads.wait_ended(kStopPoll));
  parts_->ops.reset();
  parts_->bus.reset();
  parts_->hub.leave_bus();
  parts_->live_bus.reset();
  log::info("stopped");
}

}  // namespace marquee::gateway
