// The gateway as one object: every part, wired. main() owns one; tests start several in a process.
//
//   gateway::Gateway gateway(config, marquee::embedded::marquee_descriptor_set());
//   gateway.start();
//   ...
//   gateway.stop();
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config.h"

namespace marquee::gateway {

class Gateway {
 public:
  // Throws std::invalid_argument or std::runtime_error naming what of the configuration or the
  // descriptors is wrong.
  Gateway(Config config, std::string_view file_descriptor_set);
  // Stops.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Listens. Throws std::runtime_error when an address is taken.
  void start();
  int port() const;
  int ops_port() const;       // 0: none
  int redirect_port() const;  // where it listens; 0: nowhere
  // Reads the certificate's files again. Any thread.
  void reload_certificate();
  // To be called every few seconds by a thread that has nothing to do: gives memory back to the
  // system that a rush of connections has left unused.
  void give_back_memory();
  // Why requests with tokens cannot be answered yet, or nothing. Any thread.
  std::string not_ready() const;

  // Not ready any more, no new connections; open requests get Config::shutdown_grace, then they are
  // cut off. Returns when all is quiet.
  void stop();

 private:
  struct Parts;
  void listen_to_bus();
  void add_metrics();

  const Config config_;
  std::atomic<bool> stopping_{false};
  bool started_ = false;
  int connections_seen_ = 0;
  int connections_settled_ = 0;  // when memory was given back
  std::unique_ptr<Parts> parts_;
};

}  // namespace marquee::gateway
