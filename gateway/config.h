// What can be configured of the gateway. Filled once by main() from flags and environment
// (MARQUEE_GATEWAY_...), checked by parse_*, immutable afterwards, read by all threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libs/core/log.h"

namespace marquee::core {
class Options;
}

namespace marquee::gateway {

using Millis = std::chrono::milliseconds;

struct Config {
  std::string listen = "127.0.0.1:8000";
  std::string ops_listen = "127.0.0.1:8001";
  // PEM files for `listen`, both or neither; none: plain text.
  std::string tls_certificate;
  std::string tls_key;
  // Gateways that have the same take each other's session tickets; empty: each its own alone.
  std::string tls_ticket_secret;
  int handshakes_max = 1'024;
  // host:port for plain HTTP that sends clients on to https; empty: none.
  std::string redirect_listen;
  int redirect_port = 443;  // that they are sent to
  Millis hsts{0};           // how long browsers are to insist on TLS; 0: not told
  bool hsts_subdomains = false;
  // CIDR blocks of balancers whose connections begin with a PROXY header.
  std::vector<std::string> proxy_protocol_from;
  std::vector<std::string> upstreams = {"auth=127.0.0.1:9101", "movie=127.0.0.1:9102",
                                        "notification=127.0.0.1:9103", "rooms=127.0.0.1:9104"};
  std::string nats_url = "nats://127.0.0.1:4222";
  int live_replicas = 1;  // NATS servers that keep what sockets may have missed
  std::string log_level = "info";
  std::int64_t log_file_bytes_max = log::kFileBytesMax;
  bool access_log = true;
  int threads = 0;  // 0: one for each core

  std::vector<std::string> cors_origins = {"http://localhost:3000", "http://localhost:5173",
                                           "http://127.0.0.1:5173"};
  std::string cookie_name = "access_token";
  bool cookie_secure = false;  // it is so in any case where TLS is spoken here
  std::string cookie_same_site = "Lax";
  Millis cookie_max_age = std::chrono::hours(10);
  // Whether an unsafe call with the cookie and neither Origin nor Sec-Fetch-Site nor Referer, which
  // no current browser sends, is refused as well.
  bool cookie_origin_required = false;

  int header_bytes_max = 16 * 1024;
  int body_bytes_max = 1024 * 1024;
  Millis header_timeout{10'000};
  Millis body_timeout{30'000};
  Millis idle_timeout{60'000};
  Millis write_timeout{30'000};
  Millis deadline_default{5'000};
  int connections_max = 10'000;
  int inflight_max = 1'024;
  // PEM files for the streams to services; none: plain text.
  std::string upstream_tls_ca;
  std::string upstream_tls_certificate;
  std::string upstream_tls_key;
  std::int64_t cache_bytes = 128 * 1024 * 1024;
  // With npm's swagger-ui-dist, for /docs; without it there is a plain list.
  std::string docs_folder;
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> rates;
  // How long a balancer needs to see that the gateway is not ready: so long it goes on as before.
  Millis shutdown_delay{0};
  Millis shutdown_grace{8'000};

  void add_to(core::Options& options);
  // Throws std::invalid_argument for settings that do not go together.
  void check() const;
  bool tls() const { return !tls_certificate.empty(); }
};

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

// "127.0.0.1:8000", "[::1]:8000", ":8000" (all addresses). Throws std::invalid_argument.
HostPort parse_host_port(const std::string& text);

struct UpstreamAddress {
  std::string name;                    // "movie"
  std::vector<std::string> addresses;  // host:port or file:/path each
};

// "movie=host:port|host:port", "movie=file:/path" each; names are unique. Throws
// std::invalid_argument.
std::vector<UpstreamAddress> parse_upstreams(const std::vector<std::string>& texts);

// How many calls of one class an address, and a user, may make.
struct Rate {
  std::string name;         // "read"
  std::uint32_t limit = 0;  // calls per period; 0: unlimited
  Millis period{60'000};
};

// The default classes (read, write, auth, refresh, search, chat, join) with "name=limit/period" of
// `texts` laid over them ("search=50/1s", "read=off"). Throws std::invalid_argument.
std::vector<Rate> parse_rates(const std::vector<std::string>& texts);

}  // namespace marquee::gateway
