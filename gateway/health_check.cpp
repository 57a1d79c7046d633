#include "gateway/health_check.h"

#include <iostream>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "gateway/asio.h"

namespace marquee::gateway {
namespace {

constexpr int kPatienceS = 2;

void bound_waiting(net::ip::tcp::socket& socket) {
  timeval patience{kPatienceS, 0};
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

}  // namespace

int check_health(const Config& config) {
  HostPort address = parse_host_port(config.ops_listen);
  bool any = address.host.empty() || address.host == "0.0.0.0" || address.host == "::";
  const std::string host = any ? "127.0.0.1" : address.host;
  net::io_context context;
  net::ip::tcp::resolver resolver(context);
  net::ip::tcp::socket socket(context);
  boost::system::error_code error;
  auto endpoints = resolver.resolve(host, std::to_string(address.port), error);
  if (!error) net::connect(socket, endpoints, error);
  if (error) {
    std::cerr << "gateway: not running at " << config.ops_listen << '\n';
    return 1;
  }
  bound_waiting(socket);
  const std::string request =
      "GET /readyz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  net::write(socket, net::buffer(request), error);
  // The blocking call itself, since Asio's would wait on after a time-out.
  char reply[256];
  ssize_t size = ::recv(socket.native_handle(), reply, sizeof(reply), MSG_WAITALL);
  std::string_view status_line(reply, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (status_line.find(" 200 ") != std::string_view::npos &&
      status_line.find(" 200 ") < status_line.find("\r\n")) {
    return 0;
  }
  std::cerr << "gateway: not ready: " << status_line.substr(0, status_line.find("\r\n")) << '\n';
  return 1;
}

}  // namespace marquee::gateway
