// A plain TCP socket as a WebSocket connection uses it (libs/websocket/stream.h).
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "libs/websocket/stream.h"

namespace marquee::websocket {

// For connections that hear live events: without delay, and little of what a slow client has not
// taken lies in the kernel, where it can neither be replaced by something newer nor be counted.
void tune_for_events(boost::asio::ip::tcp::socket& socket);

class SocketStream final : public Stream {
 public:
  explicit SocketStream(boost::asio::ip::tcp::socket socket);

  std::ptrdiff_t read_some(char* into, std::size_t room) override;
  std::ptrdiff_t write_some(const iovec* parts, int count) override;
  void when_readable(std::shared_ptr<StreamWaiter> waiter) override;
  void when_writable(std::shared_ptr<StreamWaiter> waiter) override;
  void end_writing() override;
  void close() override;

 private:
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace marquee::websocket
