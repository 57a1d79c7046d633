#include "tests/conformance/server.h"

#include <iostream>
#include <memory>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/signal_set.hpp>

namespace marquee::conformance {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

tcp::acceptor open(net::io_context& context, int port) {
  tcp::acceptor acceptor(context);
  error_code error;
  tcp::endpoint endpoint(tcp::v6(), static_cast<unsigned short>(port));
  acceptor.open(endpoint.protocol(), error);
  if (error) {  // a machine without IPv6
    endpoint = {tcp::v4(), endpoint.port()};
    acceptor.open(endpoint.protocol());
  } else {
    acceptor.set_option(net::ip::v6_only(false));
  }
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen();
  return acceptor;
}

void accept(tcp::acceptor& acceptor, Site& site) {
  acceptor.async_accept([&](const error_code& error, tcp::socket socket) {
    if (!acceptor.is_open()) return;
    if (!error) std::make_shared<HttpConnection>(std::move(socket), site)->start();
    accept(acceptor, site);
  });
}

}  // namespace

void run_server(net::io_context& context, int port, Site& site) {
  tcp::acceptor acceptor = open(context, port);
  std::cout << "listening on port " << acceptor.local_endpoint().port() << std::endl;
  net::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](const error_code&, int) { context.stop(); });
  accept(acceptor, site);
  context.run();
}

}  // namespace marquee::conformance
