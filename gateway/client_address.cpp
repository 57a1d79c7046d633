#include "gateway/client_address.h"

#include "gateway/header_values.h"

namespace marquee::gateway {

ClientAddress::ClientAddress(const std::vector<std::string>& trusted)
    : trusted_(trusted, "trusted proxy") {}

net::ip::address ClientAddress::find(const net::ip::address& peer,
                                     std::string_view forwarded_for) const {
  net::ip::address client = undressed(peer);
  while (!forwarded_for.empty() && trusted_.contains(client)) {
    auto comma = forwarded_for.rfind(',');
    std::string_view last =
        trim(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = comma == std::string_view::npos ? "" : forwarded_for.substr(0, comma);
    boost::system::error_code error;
    auto named = net::ip::make_address(std::string(last), error);
    if (error) break;
    client = undressed(named);
  }
  return client;
}

}  // namespace marquee::gateway
