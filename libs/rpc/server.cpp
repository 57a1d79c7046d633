#include "libs/rpc/server.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <google/protobuf/descriptor.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include "libs/core/log.h"
#include "libs/ops/live_registry.h"
#include "libs/rpc/call_log.h"
#include "libs/rpc/call_streams.h"
#include "libs/rpc/health_service.h"
#include "libs/rpc/poller.h"
#include "libs/rpc/raw_service.h"
#include "libs/rpc/streamed_call.h"
#include "libs/rpc/unary_call.h"

namespace marquee::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || text.empty()) throw std::runtime_error("cannot read " + path);
  return text;
}

std::shared_ptr<grpc::ServerCredentials> credentials(const TlsFiles& files) {
  if (!files.enabled()) return grpc::InsecureServerCredentials();
  if (files.certificate.empty() || files.key.empty()) {
    throw std::runtime_error("TLS needs both a certificate and its key");
  }
  grpc::SslServerCredentialsOptions options(
      files.ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                       : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({read_file(files.key), read_file(files.certificate)});
  if (!files.ca.empty()) options.pem_root_certs = read_file(files.ca);
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct Service::Impl {
  const ServiceDescriptor* descriptor = nullptr;
  const ServerConfig* config = nullptr;
  Lane* default_lane = nullptr;
  CallLog* log = nullptr;
  std::vector<std::unique_ptr<ServerMethod>> methods;

  ServerMethod& add(const std::string& name, bool streams, const Descriptor* request,
                    const Descriptor* reply, Lane* lane);
};

void detail::parse_request(google::protobuf::Message& request, std::string_view wire) {
  if (!request.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) {
    throw Error::invalid("malformed_request", "The request could not be parsed");
  }
}

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() = default;

void Service::bind(const std::string& name, Handler handler,
                   const google::protobuf::Descriptor* request,
                   const google::protobuf::Descriptor* reply, Lane* lane) {
  impl_->add(name, false, request, reply, lane).handler = std::move(handler);
}

void Service::bind_stream(const std::string& name, StreamHandler handler,
                          const google::protobuf::Descriptor* request,
                          const google::protobuf::Descriptor* reply, Lane* lane) {
  impl_->add(name, true, request, reply, lane).stream_handler = std::move(handler);
}

ServerMethod& Service::Impl::add(const std::string& name, bool streams, const Descriptor* request,
                                 const Descriptor* reply, Lane* lane) {
  const auto* rpc = descriptor->FindMethodByName(name);
  std::string full_name = descriptor->full_name() + "." + name;
  if (rpc == nullptr) throw std::logic_error("no such rpc: " + full_name);
  if (rpc->input_type() != request || rpc->output_type() != reply ||
      rpc->server_streaming() != streams || rpc->client_streaming()) {
    throw std::logic_error("handler has other types than rpc " + full_name);
  }
  auto method = std::make_unique<ServerMethod>();
  method->path = "/" + descriptor->full_name() + "/" + name;
  for (const auto& other : methods) {
    if (other->path == method->path) throw std::logic_error("rpc bound twice: " + full_name);
  }
  method->lane = lane != nullptr ? lane : default_lane;
  const auto& policy = rpc->options().GetExtension(api::policy);
  method->auth = policy.auth();
  method->shed_last =
      policy.shed_last() || policy.auth() == api::AUTH_ADMIN || policy.auth() == api::AUTH_INTERNAL;
  method->config = config;
  method->log = log;
  return *methods.emplace_back(std::move(method));
}

struct Server::Impl {
  ServerConfig config;
  std::unique_ptr<CallLog> log;
  std::vector<std::unique_ptr<Service>> services;
  std::unique_ptr<CallStreams> streams;
  std::unique_ptr<Lane> default_lane;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::unique_ptr<HealthService> health;
  std::vector<std::unique_ptr<RawService>> raw;
  OpenCalls open;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Poller> poller;
  int port = 0;

  void read(ops::Scrape& scrape) const;
  void make_services();
  void listen();
};

void Server::Impl::read(ops::Scrape& scrape) const {
  for (const auto& service : services) {
    for (const auto& method : service->impl_->methods) {
      method->tally->read(scrape, method->path.substr(1));
    }
  }
  default_lane->read(scrape);
  for (const auto& lane : lanes) lane->read(scrape);
  scrape.gauge("marquee_call_streams", "Call streams that are open", {},
               streams ? streams->size() : 0);
  if (log) {
    scrape.counter("marquee_call_log_dropped_total", "Calls that the log found no room for", {},
                   log->dropped());
  }
}

Server::Server(ServerConfig config, ops::LiveRegistry* registry) : impl_(std::make_shared<Impl>()) {
  impl_->config = std::move(config);
  impl_->default_lane = std::make_unique<Lane>(
      "worker", impl_->config.workers, impl_->config.queue_max, impl_->config.queue_wait_max);
  if (impl_->config.call_log && log::info_enabled()) {
    impl_->log = std::make_unique<CallLog>(&log::write_lines);
  }
  if (registry != nullptr) {
    registry->add([weak = std::weak_ptr<Impl>(impl_)](ops::Scrape& scrape) {
      if (auto live = weak.lock()) live->read(scrape);
    });
  }
}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

Service& Server::service(const std::string& full_name) {
  const auto* descriptor = DescriptorPool::generated_pool()->FindServiceByName(full_name);
  if (descriptor == nullptr) throw std::logic_error("no such service: " + full_name);
  auto impl = std::make_unique<Service::Impl>();
  impl->descriptor = descriptor;
  impl->config = &impl_->config;
  impl->default_lane = impl_->default_lane.get();
  impl->log = impl_->log.get();
  impl_->services.push_back(std::unique_ptr<Service>(new Service(std::move(impl))));
  return *impl_->services.back();
}

Lane& Server::lane(const std::string& name, std::size_t threads, std::size_t queue_max) {
  impl_->lanes.push_back(std::make_unique<Lane>(name, threads, queue_max));
  return *impl_->lanes.back();
}

void Server::start() {
  impl_->make_services();
  impl_->listen();
  impl_->health->serve();
}

void Server::Impl::make_services() {
  streams = std::make_unique<CallStreams>(config);
  std::unordered_set<std::string> names;
  for (const auto& service : services) {
    const auto& bound = service->impl_->methods;
    const auto* descriptor = service->impl_->descriptor;
    if (static_cast<int>(bound.size()) != descriptor->method_count()) {
      throw std::logic_error("service " + descriptor->full_name() +
                             " lacks handlers: " + std::to_string(bound.size()) + " of " +
                             std::to_string(descriptor->method_count()));
    }
    names.insert(descriptor->full_name());
    auto& own = *raw.emplace_back(std::make_unique<RawService>());
    for (const auto& method : bound) {
      if (method->stream_handler) {
        own.add(method->path, grpc::internal::RpcMethod::SERVER_STREAMING,
                [target = method.get()](const RawService::Place& place) {
                  (new StreamedCall(place, *target))->expect();
                });
        continue;
      }
      own.add_unary(method->path, [target = method.get()](const RawService::Place& place) {
        (new UnaryCall(place, *target))->expect();
      });
      streams->add(*method);
    }
  }
  streams->add_methods(*raw.emplace_back(std::make_unique<RawService>()));
  health = std::make_unique<HealthService>(std::move(names));
  health->add_methods(*raw.emplace_back(std::make_unique<RawService>()));
}

void Server::Impl::listen() {
  static std::once_flag reflection;
  std::call_once(reflection, [] { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); });
  grpc::ServerBuilder builder;
  builder.AddListeningPort(config.listen, credentials(config.tls), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(config.max_connection_age.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  for (const auto& service : raw) builder.RegisterService(service.get());
  std::vector<Poller::Queue> owned;
  std::vector<grpc::ServerCompletionQueue*> queues;
  for (std::size_t i = 0; i < Poller::queues_wanted(); ++i) {
    auto queue = builder.AddCompletionQueue();
    queues.push_back(queue.get());
    owned.push_back(std::move(queue));
  }
  server = builder.BuildAndStart();
  poller = std::make_unique<Poller>(std::move(owned));
  if (!server || port == 0) {
    server.reset();
    poller.reset();
    throw std::runtime_error("cannot listen on " + config.listen);
  }
  for (const auto& service : raw) service->listen(queues, open);
}

int Server::port() const {
  return impl_->port;
}

void Server::stop(std::chrono::milliseconds grace) {
  if (!impl_->server) return;
  impl_->health->stop();
  impl_->streams->drain();
  impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
  // The queues go on until gRPC is done with every call, and calls may outlive that.
  impl_->open.wait_for_none();
  impl_->poller.reset();
  impl_->streams->wait_for_end();
  impl_->server.reset();
}

}  // namespace marquee::rpc
