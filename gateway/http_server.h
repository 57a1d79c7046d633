// A public port: on each I/O thread an acceptor of its own (SO_REUSEPORT, the kernel spreads
// connections), its connections and their watch. Owned by the gateway; methods are for its thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/io_threads.h"
#include "gateway/metrics.h"

namespace marquee::gateway {

class ConnectionWatch;

class HttpServer {
 public:
  struct Options {
    std::string listen;
    int connections_max = 1;
    // What those above it are sent before they are cut off.
    std::string_view full;
  };
  // Ends when the connection does; runs on the watch's thread.
  using Serve = std::function<net::awaitable<void>(net::ip::tcp::socket, ConnectionWatch& watch)>;

  HttpServer(IoThreads& threads, Options options, Serve serve, Metrics& metrics);
  ~HttpServer();

  // Binds the address and begins to accept. Throws std::runtime_error when the address is taken.
  void start();
  int port() const { return port_; }

  // No new connections but those that are there already; each ends with its next answer, or when
  // none comes.
  void drain();
  // Cuts off what is left. Call when the I/O threads may end.
  void close();
  int connections() const { return connections_.load(); }

 private:
  struct Worker;
  net::awaitable<void> accept(Worker& worker);
  void welcome(net::ip::tcp::socket socket, Worker& worker);
  void accept_last(Worker& worker);
  net::awaitable<void> serve(net::ip::tcp::socket socket, Worker& worker);

  IoThreads& threads_;
  const Options options_;
  const Serve serve_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<int> connections_{0};
  int port_ = 0;
};

}  // namespace marquee::gateway
