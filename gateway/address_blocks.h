// A set of addresses, given as CIDR blocks or single addresses. Immutable, any thread.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "gateway/asio.h"

namespace marquee::gateway {

class AddressBlocks {
 public:
  // `what` names them in the std::invalid_argument that a wrong one throws: "trusted proxy".
  AddressBlocks(const std::vector<std::string>& blocks, const std::string& what);

  // An IPv4 address in IPv6 clothes counts as what it is.
  bool contains(const net::ip::address& address) const;
  bool empty() const { return v4_.empty() && v6_.empty(); }

 private:
  std::vector<net::ip::network_v4> v4_;
  std::vector<net::ip::network_v6> v6_;
};

// An IPv4 address in IPv6 clothes as what it is, others as they are.
net::ip::address undressed(const net::ip::address& address);

}  // namespace marquee::gateway
