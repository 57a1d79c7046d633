// A connection that is no longer HTTP: what a WebSocket goes on with, plain or over TLS, perhaps on
// another I/O thread than before. Moved from hand to hand; one thread at a time.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/asio.h"
#include "gateway/tls_stream.h"
#include "libs/websocket/stream.h"

namespace marquee::gateway {

class TakenConnection {
 public:
  // `tls` null: plain text.
  TakenConnection(net::ip::tcp::socket socket, std::unique_ptr<TlsStream> tls)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  // On the thread that it is on.
  std::unique_ptr<websocket::Stream> stream() &&;
  // Takes it off its thread; then attach() on the other.
  void detach();
  void attach(net::io_context& context);

 private:
  net::ip::tcp::socket socket_;
  std::unique_ptr<TlsStream> tls_;
  net::ip::tcp protocol_ = net::ip::tcp::v4();
  int handle_ = -1;  // while it is on no thread
};

}  // namespace marquee::gateway
