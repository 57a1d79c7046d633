// Who is at the other end: the peer, or whom our own proxies say they speak for. Immutable, any
// thread. Hostile input: any header value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/address_blocks.h"
#include "gateway/asio.h"

namespace marquee::gateway {

class ClientAddress {
 public:
  // CIDR blocks or single addresses. Throws std::invalid_argument.
  explicit ClientAddress(const std::vector<std::string>& trusted);

  // The last address of X-Forwarded-For that is not one of our proxies, if `peer` is one; else
  // `peer`. IPv4 addresses in IPv6 clothes are undressed.
  net::ip::address find(const net::ip::address& peer, std::string_view forwarded_for) const;

 private:
  AddressBlocks trusted_;
};

}  // namespace marquee::gateway
