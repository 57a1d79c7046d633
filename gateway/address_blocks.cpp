#include "gateway/address_blocks.h"

#include <algorithm>
#include <stdexcept>

namespace marquee::gateway {

net::ip::address undressed(const net::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
  }
  return address;
}

AddressBlocks::AddressBlocks(const std::vector<std::string>& blocks, const std::string& what) {
  for (const auto& text : blocks) {
    bool has_length = text.find('/') != std::string::npos;
    boost::system::error_code error;
    if (text.find(':') == std::string::npos) {
      auto network = net::ip::make_network_v4(has_length ? text : text + "/32", error);
      if (!error) v4_.push_back(network);
    } else {
      auto network = net::ip::make_network_v6(has_length ? text : text + "/128", error);
      if (!error) v6_.push_back(network);
    }
    if (error) throw std::invalid_argument(what + " \"" + text + "\" is not a CIDR block");
  }
}

bool AddressBlocks::contains(const net::ip::address& dressed) const {
  const net::ip::address address = undressed(dressed);
  if (address.is_v4()) {
    return std::any_of(v4_.begin(), v4_.end(), [&](const net::ip::network_v4& network) {
      return net::ip::network_v4(address.to_v4(), network.prefix_length()).canonical() ==
             network.canonical();
    });
  }
  return std::any_of(v6_.begin(), v6_.end(), [&](const net::ip::network_v6& network) {
    return net::ip::network_v6(address.to_v6(), network.prefix_length()).canonical() ==
           network.canonical();
  });
}

}  // namespace marquee::gateway
