// What comes before HTTP on a connection: the PROXY header of a balancer, and the TLS handshake.
// One object for all I/O threads, immutable but for what each of them has for itself.
//
// Security posture: both have config.header_timeout, together, and the handshakes in progress are
// bounded. Whoever does not keep to the protocol is cut off without a word of HTTP.
#pragma once

#include <string>

#include "gateway/address_blocks.h"
#include "gateway/asio.h"
#include "gateway/config.h"
#include "gateway/handshakes.h"
#include "gateway/per_core.h"

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace marquee::gateway {

class TlsCredentials;
class Transport;

// Who connects, and what was read of the connection beyond what its entrance took.
struct Arrival {
  net::ip::address peer;
  std::string early;
};

class Entrance {
 public:
  // `tls` null: plain text. Throws std::invalid_argument.
  Entrance(const Config& config, const TlsCredentials* tls, std::size_t threads,
           prometheus::Registry& registry);

  // Nothing comes before HTTP.
  bool is_open() const { return tls_ == nullptr && balancers_.empty(); }
  // False when the connection is to end. On one of the I/O threads.
  net::awaitable<bool> admit(Transport& transport, Arrival& arrival) const;

 private:
  struct Counters {
    Counters(prometheus::Registry& registry);
    prometheus::Counter& full;
    prometheus::Counter& resumed;
    prometheus::Counter& failed;
    prometheus::Counter& proxy_malformed;
  };

  net::awaitable<bool> read_proxy_header(Transport& transport, Arrival& arrival) const;
  net::awaitable<bool> secure(Transport& transport, Arrival& arrival) const;

  const Config& config_;
  const TlsCredentials* tls_;
  const AddressBlocks balancers_;
  const std::size_t handshakes_max_;  // of each thread
  PerCore<Handshakes> handshakes_;
  Counters counters_;
};

}  // namespace marquee::gateway
