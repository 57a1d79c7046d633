#include "gateway/client_address.h"

#include <algorithm>
#include <stdexcept>

#include "gateway/header_values.h"

namespace marquee::gateway {
namespace {

net::ip::address undress(const net::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

ClientAddress::ClientAddress(const std::vector<std::string>& trusted) {
  for (const auto& text : trusted) {
    bool has_length = text.find('/') != std::string::npos;
    boost::system::error_code error;
    if (text.find(':') == std::string::npos) {
      auto network = net::ip::make_network_v4(has_length ? text : text + "/32", error);
      if (!error) v4_.push_back(network);
    } else {
      auto network = net::ip::make_network_v6(has_length ? text : text + "/128", error);
      if (!error) v6_.push_back(network);
    }
    if (error) throw std::invalid_argument("trusted proxy \"" + text + "\" is not a CIDR block");
  }
}

bool ClientAddress::is_trusted(const net::ip::address& address) const {
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

net::ip::address ClientAddress::find(const net::ip::address& peer,
                                     std::string_view forwarded_for) const {
  net::ip::address client = undress(peer);
  while (is_trusted(client) && !forwarded_for.empty()) {
    auto comma = forwarded_for.rfind(',');
    std::string_view last =
        trim(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = comma == std::string_view::npos ? "" : forwarded_for.substr(0, comma);
    boost::system::error_code error;
    auto named = net::ip::make_address(std::string(last), error);
    if (error) break;
    client = undress(named);
  }
  return client;
}

}  // namespace marquee::gateway
