#include "gateway/taken_connection.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "libs/websocket/socket_stream.h"

namespace marquee::gateway {

using boost::system::error_code;
using net::ip::tcp;
using websocket::StreamWaiter;
using Waiter = std::shared_ptr<StreamWaiter>;

namespace {

// What was not taken by the socket stays here, byte for byte, as OpenSSL wants it; so the
// WebSocket may still change what it has not handed over.
class TlsConnection final : public std::enable_shared_from_this<TlsConnection> {
 public:
  TlsConnection(tcp::socket socket, std::unique_ptr<TlsStream> tls)
      : socket_(std::move(socket)), tls_(std::move(tls)) {
    tls_->use(socket_);
    websocket::tune_for_events(socket_);
  }

  std::ptrdiff_t read_some(char* into, std::size_t room) {
    std::size_t size = 0;
    const auto result = tls_->read(into, room, size);
    if (result == TlsStream::Result::kDone) return static_cast<std::ptrdiff_t>(size);
    return result == TlsStream::Result::kEnded ? -1 : 0;
  }

  std::ptrdiff_t write_some(const iovec* parts, int count) {
    if (broken_) return -1;
    std::ptrdiff_t written = 0;
    std::size_t offset = 0;  // into the first part
    while (count > 0 && pending_.empty()) {
      std::string record;
      while (count > 0 && record.size() < TlsStream::kRecordBytes) {
        const std::size_t left = parts->iov_len - offset;
        const std::size_t step = std::min(left, TlsStream::kRecordBytes - record.size());
        record.append(static_cast<const char*>(parts->iov_base) + offset, step);
        offset += step;
        if (offset == parts->iov_len) {
          offset = 0;
          ++parts;
          --count;
        }
      }
      const auto result = tls_->write(record.data(), record.size());
      if (result == TlsStream::Result::kEnded) return -1;
      written += static_cast<std::ptrdiff_t>(record.size());
      if (result == TlsStream::Result::kDone) continue;
      pending_ = std::move(record);
      flush_when_writable();
    }
    return written;
  }

  void when_readable(Waiter waiter) {
    if (tls_->holds_bytes()) {
      net::post(socket_.get_executor(), [waiter = std::move(waiter)] { waiter->on_readable(); });
      return;
    }
    socket_.async_wait(tcp::socket::wait_read,
                       [self = shared_from_this(), waiter = std::move(waiter)](const error_code&) {
                         waiter->on_readable();
                       });
  }

  void when_writable(Waiter waiter) {
    if (pending_.empty()) {
      net::post(socket_.get_executor(), [waiter = std::move(waiter)] { waiter->on_writable(); });
    } else {
      waiting_ = std::move(waiter);
    }
  }

  void end_writing() {
    error_code ignored;
    tls_->close();
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() {
    error_code ignored;
    broken_ = true;
    socket_.close(ignored);
  }

 private:
  void flush_when_writable() {
    socket_.async_wait(
        tcp::socket::wait_write,
        [self = shared_from_this()](const error_code& error) { self->flush(error); });
  }

  void flush(const error_code& error) {
    const auto result =
        error ? TlsStream::Result::kEnded : tls_->write(pending_.data(), pending_.size());
    if (result == TlsStream::Result::kWantsWrite) return flush_when_writable();
    if (result == TlsStream::Result::kEnded) broken_ = true;
    pending_.clear();
    if (auto waiter = std::exchange(waiting_, nullptr)) waiter->on_writable();
  }

  tcp::socket socket_;
  const std::unique_ptr<TlsStream> tls_;
  std::string pending_;
  Waiter waiting_;  // for pending_ to be out
  bool broken_ = false;
};

class TlsSocketStream final : public websocket::Stream {
 public:
  TlsSocketStream(tcp::socket socket, std::unique_ptr<TlsStream> tls)
      : connection_(std::make_shared<TlsConnection>(std::move(socket), std::move(tls))) {}

  std::ptrdiff_t read_some(char* into, std::size_t room) override {
    return connection_->read_some(into, room);
  }
  std::ptrdiff_t write_some(const iovec* parts, int count) override {
    return connection_->write_some(parts, count);
  }
  void when_readable(Waiter waiter) override { connection_->when_readable(std::move(waiter)); }
  void when_writable(Waiter waiter) override { connection_->when_writable(std::move(waiter)); }
  void end_writing() override { connection_->end_writing(); }
  void close() override { connection_->close(); }

 private:
  const std::shared_ptr<TlsConnection> connection_;
};

}  // namespace

std::unique_ptr<websocket::Stream> TakenConnection::stream() && {
  if (tls_) return std::make_unique<TlsSocketStream>(std::move(socket_), std::move(tls_));
  return std::make_unique<websocket::SocketStream>(std::move(socket_));
}

void TakenConnection::detach() {
  error_code error;
  const auto endpoint = socket_.local_endpoint(error);
  if (!error) protocol_ = endpoint.protocol();
  handle_ = socket_.release(error);
  if (error) handle_ = -1;
}

void TakenConnection::attach(net::io_context& context) {
  socket_ = tcp::socket(context);
  error_code error;
  if (handle_ >= 0) socket_.assign(protocol_, std::exchange(handle_, -1), error);
}

}  // namespace marquee::gateway
