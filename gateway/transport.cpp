#include "gateway/transport.h"

#include <boost/asio/error.hpp>

namespace marquee::gateway {

using Result = TlsStream::Result;

net::awaitable<bool> Transport::secure(std::shared_ptr<const TlsContext> context,
                                       std::string early) {
  tls_ = std::make_unique<TlsStream>(std::move(context), watched.socket, std::move(early));
  for (;;) {
    Result result = tls_->handshake();
    Error error;
    if (result == Result::kDone) co_return true;
    if (result == Result::kEnded) co_return false;
    if (result == Result::kWantsWrite) {
      co_await wait_writable(error);
    } else {
      co_await wait_readable(error);
    }
    if (error) co_return false;
  }
}

net::awaitable<std::size_t> Transport::read_tls(char* into, std::size_t room, Error& error) {
  std::size_t size = 0;
  // Nothing is there but what is here: looking at the socket first would be in vain, mostly.
  Result result = tls_->holds_bytes() ? tls_->read(into, room, size) : Result::kWantsRead;
  for (;;) {
    if (result == Result::kDone) co_return size;
    if (result == Result::kEnded) {
      error = net::error::eof;
      co_return 0;
    }
    if (result == Result::kWantsWrite) {
      co_await wait_writable(error);
    } else {
      co_await wait_readable(error);
    }
    if (error) co_return 0;
    result = tls_->read(into, room, size);
  }
}

void Transport::end_writing(Error& error) {
  if (tls_) tls_->close();
  watched.socket.shutdown(net::ip::tcp::socket::shutdown_send, error);
}

}  // namespace marquee::gateway
