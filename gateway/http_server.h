// The public port: on each I/O thread an acceptor of its own (SO_REUSEPORT, the kernel spreads
// connections), its connections and their watch. Owned by the gateway; methods are for its thread.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "gateway/config.h"
#include "gateway/io_threads.h"
#include "gateway/metrics.h"
#include "gateway/pipeline.h"

namespace marquee::gateway {

class HttpServer {
 public:
  HttpServer(IoThreads& threads, const Config& config, const Pipeline& pipeline, Metrics& metrics);
  ~HttpServer();

  // Binds config.listen and begins to accept. Throws std::runtime_error when the address is taken.
  void start();
  int port() const { return port_; }

  // No new connections; idle ones end, busy ones end with their next answer.
  void drain();
  // Cuts off what is left. Call when the I/O threads may end.
  void close();
  int connections() const { return connections_.load(); }

 private:
  struct Worker;
  net::awaitable<void> accept(Worker& worker);
  net::awaitable<void> serve(net::ip::tcp::socket socket, Worker& worker);

  IoThreads& threads_;
  const Config& config_;
  const Pipeline& pipeline_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<int> connections_{0};
  int port_ = 0;
};

}  // namespace marquee::gateway
