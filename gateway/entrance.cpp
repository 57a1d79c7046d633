#include "gateway/entrance.h"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "gateway/proxy_header.h"
#include "gateway/tls_credentials.h"
#include "gateway/transport.h"

namespace marquee::gateway {
namespace {

using boost::system::error_code;

constexpr std::size_t kProxyStepBytes = 512;

prometheus::Counter& handshakes(prometheus::Registry& registry, const char* outcome) {
  return prometheus::BuildCounter()
      .Name("marquee_tls_handshakes_total")
      .Help("TLS handshakes by outcome")
      .Register(registry)
      .Add({{"outcome", outcome}});
}

prometheus::Counter& malformed_headers(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("marquee_proxy_headers_malformed_total")
      .Help("Connections of balancers that did not begin with a PROXY header")
      .Register(registry)
      .Add({});
}

}  // namespace

Entrance::Counters::Counters(prometheus::Registry& registry)
    : full(handshakes(registry, "full")),
      resumed(handshakes(registry, "resumed")),
      failed(handshakes(registry, "failed")),
      proxy_malformed(malformed_headers(registry)) {}

Entrance::Entrance(const Config& config, const TlsCredentials* tls, std::size_t threads,
                   prometheus::Registry& registry)
    : config_(config),
      tls_(tls),
      balancers_(config.proxy_protocol_from, "proxy-protocol-from"),
      handshakes_max_(std::max<std::size_t>(
          1, static_cast<std::size_t>(config.handshakes_max) / std::max<std::size_t>(1, threads))),
      handshakes_(threads),
      counters_(registry) {}

net::awaitable<bool> Entrance::admit(Transport& transport, Arrival& arrival) const {
  transport.watched.expires_after(config_.header_timeout);
  transport.watched.set_entering(true);
  if (balancers_.contains(arrival.peer)) {
    bool named = co_await read_proxy_header(transport, arrival);
    if (!named) co_return false;
  }
  if (tls_ != nullptr) {
    bool secured = co_await secure(transport, arrival);
    if (!secured) co_return false;
  }
  transport.watched.set_entering(false);
  transport.watched.never_expires();
  co_return true;
}

net::awaitable<bool> Entrance::read_proxy_header(Transport& transport, Arrival& arrival) const {
  std::string& bytes = arrival.early;
  ProxyHeader header;
  auto progress = ProxyHeader::Progress::kNeedsMore;
  while (progress == ProxyHeader::Progress::kNeedsMore) {
    const std::size_t have = bytes.size();
    bytes.resize(have + kProxyStepBytes);
    error_code error;
    std::size_t size = co_await transport.read_some(bytes.data() + have, kProxyStepBytes, error);
    bytes.resize(have + size);
    if (error) co_return false;
    progress = ProxyHeader::parse(bytes, header);
  }
  if (progress == ProxyHeader::Progress::kMalformed) {
    counters_.proxy_malformed.Increment();
    co_return false;
  }
  if (header.source) arrival.peer = *header.source;
  bytes.erase(0, header.bytes);
  co_return true;
}

net::awaitable<bool> Entrance::secure(Transport& transport, Arrival& arrival) const {
  if (arrival.early.empty()) {
    // Who says nothing costs nothing.
    error_code error;
    co_await transport.wait_readable(error);
    if (error) co_return false;
  }
  Handshakes::Place place(*handshakes_.here(), transport.watched, handshakes_max_);
  std::string early;
  early.swap(arrival.early);
  bool done = co_await transport.secure(tls_->current(), std::move(early));
  auto& outcome = !done                 ? counters_.failed
                  : transport.resumed() ? counters_.resumed
                                        : counters_.full;
  outcome.Increment();
  co_return done;
}

}  // namespace marquee::gateway
