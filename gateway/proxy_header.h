// The PROXY protocol, versions 1 (text) and 2 (binary): what a TCP load balancer sends before
// anything else to say for whom it connects. Knows no socket.
//
// Security posture: only whom we trust is asked for a header, and yet it is read strictly and is
// bounded: one spelling of each address and port, TLVs that fill their room exactly, TCP alone.
// What TLVs say, a CRC32C among them, is not used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/asio.h"

namespace marquee::gateway {

struct ProxyHeader {
  static constexpr std::size_t kTextBytesMax = 107;
  static constexpr std::size_t kBytesMax = 4 * 1024;

  enum class Progress : std::uint8_t { kNeedsMore, kDone, kMalformed };

  std::size_t bytes = 0;  // how long it is
  // Nothing when the balancer speaks for itself (LOCAL, UNKNOWN) or for what is not on the
  // Internet.
  std::optional<net::ip::address> source;

  // `bytes`: all that has come, from the first byte; what follows the header is not looked at. More
  // than kBytesMax never need more.
  static Progress parse(std::string_view bytes, ProxyHeader& header);
};

}  // namespace marquee::gateway
