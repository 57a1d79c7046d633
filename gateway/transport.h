// What a session reads from and writes to: a connection as it is, or TLS on it. Plain text goes
// straight to the socket, without a coroutine or a virtual call of its own. Owned by the coroutine
// that serves the connection, touched by its thread alone.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "gateway/answer_batch.h"
#include "gateway/connection_watch.h"
#include "gateway/taken_connection.h"
#include "gateway/tls_stream.h"

namespace marquee::gateway {

class Transport {
 public:
  using Error = boost::system::error_code;

  Transport(net::ip::tcp::socket socket, ConnectionWatch& watch)
      : watched(std::move(socket), watch) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // From now on TLS is spoken; false when that could not be agreed on, or took too long. `early`:
  // what was read already.
  net::awaitable<bool> secure(std::shared_ptr<const TlsContext> context, std::string early);
  bool resumed() const { return tls_->resumed(); }

  // At least one byte, or `error`.
  net::awaitable<std::size_t> read_some(char* into, std::size_t room, Error& error) {
    if (tls_) return read_tls(into, room, error);
    return watched.socket.async_read_some(net::buffer(into, room),
                                          net::redirect_error(net::use_awaitable, error));
  }
  // Whether there are bytes to read that the socket does not know of.
  bool holds_bytes() const { return tls_ && tls_->holds_bytes(); }
  net::awaitable<void> wait_readable(Error& error) {
    return watched.socket.async_wait(net::ip::tcp::socket::wait_read,
                                     net::redirect_error(net::use_awaitable, error));
  }
  net::awaitable<void> wait_writable(Error& error) {
    return watched.socket.async_wait(net::ip::tcp::socket::wait_write,
                                     net::redirect_error(net::use_awaitable, error));
  }
  // What the connection takes now; then wait_writable().
  AnswerBatch::Written write(AnswerBatch& batch) {
    return tls_ ? tls_->write(batch) : batch.write_to(watched.socket.native_handle());
  }
  void end_writing(Error& error);
  // The connection goes on as something else.
  TakenConnection take() { return {std::move(watched.socket), std::move(tls_)}; }
  // Gives back memory until more comes.
  void release() {
    if (tls_) tls_->release();
  }

  WatchedSocket watched;

 private:
  net::awaitable<std::size_t> read_tls(char* into, std::size_t room, Error& error);

  std::unique_ptr<TlsStream> tls_;  // null: plain text. Uses the socket.
};

}  // namespace marquee::gateway
