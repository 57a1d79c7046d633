// The plain-text port beside TLS: sends every request on to https, and says that the gateway lives.
// One request a connection. Immutable, any thread.
//
// Security posture: a client is sent only to a host that the certificate is for, so that a Host
// header cannot make it, or a cache on the way, go elsewhere.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/asio.h"
#include "gateway/config.h"

namespace marquee::gateway {

class ConnectionWatch;
class Entrance;
class OwnPages;
struct RequestHead;
class TlsCredentials;

class Redirects {
 public:
  // All outlive this.
  Redirects(const Config& config, const TlsCredentials& tls, const Entrance& entrance,
            const OwnPages& own_pages)
      : config_(config), tls_(tls), entrance_(entrance), own_pages_(own_pages) {}

  // The whole answer, as bytes.
  std::string answer(const RequestHead& head) const;
  // Ends when the connection does.
  net::awaitable<void> serve(net::ip::tcp::socket socket, ConnectionWatch& watch) const;

 private:
  const Config& config_;
  const TlsCredentials& tls_;
  const Entrance& entrance_;
  const OwnPages& own_pages_;
};

// The host of a Host header, without brackets and port; empty when it is none.
std::string host_of(std::string_view header);

}  // namespace marquee::gateway
