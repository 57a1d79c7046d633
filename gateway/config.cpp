#include "gateway/config.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

#include "libs/core/config.h"
#include "libs/rpc/replica_names.h"

namespace marquee::gateway {
namespace {

constexpr int kConnectionsMax = 1'000'000;

std::uint64_t parse_number(std::string_view text, std::uint64_t max, const std::string& what) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > max) {
    throw std::invalid_argument(what);
  }
  return value;
}

Millis parse_period(std::string_view text, const std::string& what) {
  auto digits = text.find_first_not_of("0123456789");
  std::string_view unit = digits == std::string_view::npos ? "" : text.substr(digits);
  std::uint64_t factor = unit == "s" ? 1'000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
  auto count = parse_number(text.substr(0, digits), 1'000'000, what);
  if (factor == 0 || count == 0) throw std::invalid_argument(what);
  return Millis(count * factor);
}

void check_address(const std::string& address) {
  if (rpc::ReplicaNames::file_in(address).starts_with('/')) return;
  if (auto parsed = parse_host_port(address); parsed.host.empty() || parsed.port == 0) {
    throw std::invalid_argument("\"" + address + "\" is not host:port");
  }
}

}  // namespace

void Config::add_to(core::Options& options) {
  options.add("listen", listen, "host:port for HTTP; no host listens on every address");
  options.add("ops-listen", ops_listen,
              "host:port for /metrics, /healthz and /readyz; empty for none");
  options.add("tls-certificate", tls_certificate,
              "PEM file with certificate and chain to speak TLS with; empty: plain text");
  options.add("tls-key", tls_key, "PEM file with its key");
  options.add_secret("tls-ticket-secret", tls_ticket_secret,
                     "shared by gateways that take each other's TLS session tickets, at least 32 "
                     "characters; empty: each its own");
  options.add("handshakes-max", handshakes_max,
              "TLS handshakes in progress, above which the oldest is cut off", 1, kConnectionsMax);
  options.add("redirect-listen", redirect_listen,
              "host:port for plain HTTP that redirects to https; empty for none");
  options.add("redirect-port", redirect_port, "port of https that clients are redirected to", 1,
              65535);
  options.add("hsts", hsts, "time for which browsers are told to insist on TLS; 0s: not told");
  options.add("hsts-subdomains", hsts_subdomains, "and on all subdomains");
  options.add("proxy-protocol-from", proxy_protocol_from,
              "CIDR blocks of balancers whose connections begin with a PROXY header");
  options.add(
      "upstreams", upstreams,
      "services by name, replicas separated by | or in a file, one a line, read every second: "
      "auth=host:port|host:port,movie=file:/path");
  options.add_secret("nats-url", nats_url, "bus: nats://host:port");
  options.add("live-replicas", live_replicas,
              "NATS servers that keep lately published live events, no more than there are", 1, 5);
  options.add("log-level", log_level, "trace, debug, info, warn or error");
  options.add("log-file-bytes-max", log_file_bytes_max,
              "bytes after which a log file that stderr goes to becomes FILE.1; 0: never", 0);
  options.add("access-log", access_log, "one log line a request");
  options.add("threads", threads, "I/O threads; 0 means one for each core", 0, 256);
  options.add("cors-origins", cors_origins, "origins that browsers may call from");
  options.add("cookie-name", cookie_name, "name of the session cookie");
  options.add("cookie-secure", cookie_secure,
              "send the session cookie over TLS only; always so with TLS");
  options.add("cookie-same-site", cookie_same_site, "Lax, Strict or None");
  options.add("cookie-max-age", cookie_max_age, "life of the session cookie");
  options.add("cookie-origin-required", cookie_origin_required,
              "refuse unsafe calls with the cookie that say nothing of their origin");
  options.add("header-bytes-max", header_bytes_max, "largest request line and headers", 1024,
              1024 * 1024);
  options.add("body-bytes-max", body_bytes_max, "largest request body, where a route has no own",
              1024, 64 * 1024 * 1024);
  options.add("header-timeout", header_timeout, "time for a request's headers to arrive");
  options.add("body-timeout", body_timeout, "time for a request's body to arrive");
  options.add("idle-timeout", idle_timeout, "time a connection may wait for its next request");
  options.add("write-timeout", write_timeout, "time for an answer to be taken");
  options.add("deadline-default", deadline_default,
              "time a service has to answer, where a route has no own");
  options.add("connections-max", connections_max, "open connections", 1, kConnectionsMax);
  options.add("inflight-max", inflight_max, "calls in flight to each upstream", 1, 1'000'000);
  options.add("upstream-tls-ca", upstream_tls_ca,
              "PEM file with whom to trust as a service; empty: plain text");
  options.add("upstream-tls-certificate", upstream_tls_certificate,
              "PEM file with the gateway's certificate, for services that ask for one");
  options.add("upstream-tls-key", upstream_tls_key, "PEM file with its key");
  options.add("cache-bytes", cache_bytes, "memory of the edge cache", 0);
  options.add(
      "docs-folder", docs_folder,
      "folder of npm's swagger-ui-dist, which shows the API at /docs; without: a plain list");
  options.add("trusted-proxies", trusted_proxies,
              "CIDR blocks whose X-Forwarded-For is believed: 10.0.0.0/8,::1/128");
  options.add("rates", rates, "rate classes over the defaults: read=6000/1m,auth=off");
  options.add("shutdown-delay", shutdown_delay,
              "time to go on as before while /readyz says no already, for balancers to see it");
  options.add("shutdown-grace", shutdown_grace, "time that open requests get to finish");
}

void Config::check() const {
  if (tls_certificate.empty() != tls_key.empty()) {
    throw std::invalid_argument("tls-certificate and tls-key go together");
  }
  if (tls()) return;
  if (!redirect_listen.empty()) {
    throw std::invalid_argument("redirect-listen needs tls-certificate");
  }
  if (hsts.count() != 0) throw std::invalid_argument("hsts needs tls-certificate");
}

HostPort parse_host_port(const std::string& text) {
  const std::string what = "\"" + text + "\" is not host:port";
  auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument(what);
  HostPort result;
  result.host = text.substr(0, colon);
  result.port = static_cast<std::uint16_t>(
      parse_number(std::string_view(text).substr(colon + 1), 65535, what));
  if (result.host.size() >= 2 && result.host.front() == '[' && result.host.back() == ']') {
    result.host = result.host.substr(1, result.host.size() - 2);
  } else if (result.host.find(':') != std::string::npos) {
    throw std::invalid_argument(what);
  }
  return result;
}

std::vector<UpstreamAddress> parse_upstreams(const std::vector<std::string>& texts) {
  std::vector<UpstreamAddress> result;
  for (const auto& text : texts) {
    auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw std::invalid_argument("upstream \"" + text + "\" is not name=host:port");
    }
    UpstreamAddress upstream;
    upstream.name = text.substr(0, equals);
    for (std::size_t from = equals + 1; from <= text.size();) {
      auto bar = std::min(text.find('|', from), text.size());
      std::string address = text.substr(from, bar - from);
      check_address(address);
      upstream.addresses.push_back(std::move(address));
      from = bar + 1;
    }
    for (const auto& other : result) {
      if (other.name == upstream.name) {
        throw std::invalid_argument("upstream \"" + upstream.name + "\" is given twice");
      }
    }
    result.push_back(std::move(upstream));
  }
  return result;
}

std::vector<Rate> parse_rates(const std::vector<std::string>& texts) {
  std::vector<Rate> rates = {{"read", 6000, Millis(60'000)},
                             {"write", 600, Millis(60'000)},
                             {"auth", 60, Millis(60'000)},
                             {"refresh", 600, Millis(60'000)},
                             {"search", 1200, Millis(60'000)},
                             // One a second, and several people at one address talk at once.
                             {"chat", 30, Millis(30'000)},
                             {"join", 1200, Millis(60'000)}};
  for (const auto& text : texts) {
    const std::string what = "rate \"" + text + "\" is not name=limit/period or name=off";
    auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw std::invalid_argument(what);
    Rate rate;
    rate.name = text.substr(0, equals);
    std::string_view value = std::string_view(text).substr(equals + 1);
    if (value != "off") {
      auto slash = value.find('/');
      if (slash == std::string_view::npos) throw std::invalid_argument(what);
      rate.limit =
          static_cast<std::uint32_t>(parse_number(value.substr(0, slash), 1'000'000'000, what));
      rate.period = parse_period(value.substr(slash + 1), what);
      if (rate.limit == 0) throw std::invalid_argument(what);
    }
    auto known = std::find_if(rates.begin(), rates.end(),
                              [&](const Rate& other) { return other.name == rate.name; });
    if (known == rates.end()) {
      rates.push_back(std::move(rate));
    } else {
      *known = std::move(rate);
    }
  }
  return rates;
}

}  // namespace marquee::gateway
