#include "libs/websocket/socket_stream.h"

#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace marquee::websocket {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kUnsentBytesMax = 128 * 1024;

std::ptrdiff_t outcome(ssize_t count) {
  if (count >= 0) return count;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

}  // namespace

void tune_for_events(tcp::socket& socket) {
  using NotSentLow = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(NotSentLow(kUnsentBytesMax), ignored);
  socket.native_non_blocking(true, ignored);
}

SocketStream::SocketStream(tcp::socket socket) : socket_(std::move(socket)) {
  tune_for_events(socket_);
}

std::ptrdiff_t SocketStream::read_some(char* into, std::size_t room) {
  ssize_t count = ::recv(socket_.native_handle(), into, room, 0);
  return count == 0 ? -1 : outcome(count);
}

std::ptrdiff_t SocketStream::write_some(const iovec* parts, int count) {
  const int socket = socket_.native_handle();
  // Which spares the kernel to look through a list.
  if (count == 1) return outcome(::send(socket, parts->iov_base, parts->iov_len, MSG_NOSIGNAL));
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return outcome(::sendmsg(socket, &message, MSG_NOSIGNAL));
}

void SocketStream::when_readable(std::shared_ptr<StreamWaiter> waiter) {
  socket_.async_wait(tcp::socket::wait_read,
                     [waiter = std::move(waiter)](const error_code&) { waiter->on_readable(); });
}

void SocketStream::when_writable(std::shared_ptr<StreamWaiter> waiter) {
  socket_.async_wait(tcp::socket::wait_write,
                     [waiter = std::move(waiter)](const error_code&) { waiter->on_writable(); });
}

void SocketStream::end_writing() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void SocketStream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace marquee::websocket
