#include "gateway/http_server.h"

#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/config.h"
#include "gateway/connection_watch.h"
#include "libs/core/log.h"

namespace marquee::gateway {
namespace {

using boost::system::error_code;
using net::ip::tcp;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::chrono::milliseconds kAcceptPause{100};

tcp::endpoint resolve(const std::string& listen) {
  HostPort address = parse_host_port(listen);
  if (address.host.empty()) return {net::ip::address_v6::any(), address.port};
  error_code error;
  auto number = net::ip::make_address(address.host, error);
  if (!error) return {number, address.port};
  net::io_context context;
  tcp::resolver resolver(context);
  auto found = resolver.resolve(address.host, std::to_string(address.port), error);
  if (error || found.empty()) {
    throw std::runtime_error("cannot resolve listen address " + listen);
  }
  return found.begin()->endpoint();
}

tcp::acceptor open(net::io_context& context, const tcp::endpoint& endpoint, bool shared) {
  tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol());
  if (endpoint.address() == net::ip::address_v6::any()) {
    acceptor.set_option(net::ip::v6_only(false));
  }
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (shared) acceptor.set_option(ReusePort(true));
  acceptor.bind(endpoint);
  return acceptor;
}

}  // namespace

struct HttpServer::Worker {
  net::io_context& context;
  tcp::acceptor acceptor;
  ConnectionWatch watch;

  Worker(net::io_context& its_context, tcp::acceptor its_acceptor)
      : context(its_context), acceptor(std::move(its_acceptor)), watch(its_context) {}
};

HttpServer::HttpServer(IoThreads& threads, Options options, Serve serve, Metrics& metrics)
    : threads_(threads),
      options_(std::move(options)),
      serve_(std::move(serve)),
      metrics_(metrics) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() {
  tcp::endpoint endpoint = resolve(options_.listen);
  try {
    // SO_REUSEPORT would let two gateways share a port unawares: a socket without it notices.
    if (endpoint.port() != 0) open(threads_.context(0), endpoint, false);
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      auto acceptor = open(threads_.context(i), endpoint, true);
      if (endpoint.port() == 0) endpoint.port(acceptor.local_endpoint().port());
      workers_.push_back(std::make_unique<Worker>(threads_.context(i), std::move(acceptor)));
    }
    for (auto& worker : workers_) worker->acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + options_.listen + ": " + error.code().message());
  }
  port_ = endpoint.port();
  for (auto& worker : workers_) {
    net::post(worker->context, [target = worker.get()] { target->watch.start(); });
    net::co_spawn(worker->context, accept(*worker), net::detached);
  }
}

net::awaitable<void> HttpServer::accept(Worker& worker) {
  net::steady_timer pause(worker.context);
  while (worker.acceptor.is_open()) {
    error_code error;
    tcp::socket socket(worker.context);
    co_await worker.acceptor.async_accept(socket, net::redirect_error(net::use_awaitable, error));
    if (error) {
      if (!worker.acceptor.is_open()) co_return;
      // Out of file descriptors, mostly: it passes when connections end.
      log::warn("cannot accept", {{"error", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(net::redirect_error(net::use_awaitable, error));
      continue;
    }
    welcome(std::move(socket), worker);
  }
}

void HttpServer::welcome(tcp::socket socket, Worker& worker) {
  if (connections_.load(std::memory_order_relaxed) >= options_.connections_max) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(options_.full), ignored);
    return;
  }
  net::co_spawn(worker.context, serve(std::move(socket), worker), net::detached);
}

// What the kernel has accepted would be reset with the acceptor.
void HttpServer::accept_last(Worker& worker) {
  error_code error;
  worker.acceptor.non_blocking(true, error);
  while (!error) {
    tcp::socket socket(worker.context);
    worker.acceptor.accept(socket, error);
    if (!error) welcome(std::move(socket), worker);
  }
  worker.acceptor.close(error);
}

net::awaitable<void> HttpServer::serve(tcp::socket socket, Worker& worker) {
  connections_.fetch_add(1);
  metrics_.connections(+1);
  co_await serve_(std::move(socket), worker.watch);
  metrics_.connections(-1);
  connections_.fetch_sub(1);
}

void HttpServer::drain() {
  for (auto& worker : workers_) {
    net::post(worker->context, [this, target = worker.get()] {
      accept_last(*target);
      target->watch.drain();
    });
  }
}

void HttpServer::close() {
  for (auto& worker : workers_) {
    net::post(worker->context, [target = worker.get()] {
      error_code ignored;
      target->acceptor.close(ignored);
      target->watch.close_all();
      if (target->watch.size() == 0) target->watch.stop();
    });
  }
}

}  // namespace marquee::gateway
