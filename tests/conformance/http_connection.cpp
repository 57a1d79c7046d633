#include "tests/conformance/http_connection.h"

#include <sys/socket.h>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "gateway/header_values.h"
#include "libs/websocket/handshake.h"
#include "libs/websocket/socket_stream.h"

namespace marquee::conformance {

namespace net = boost::asio;
using boost::system::error_code;
using gateway::RequestParser;
using net::ip::tcp;

namespace {

constexpr std::size_t kHeadBytesMax = 16 * 1024;
constexpr std::size_t kReadRoomBytes = 2 * 1024;
constexpr std::size_t kBodyRoomBytes = 64 * 1024;
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 413:
      return "Payload Too Large";
    default:
      return "Bad Request";
  }
}

}  // namespace

HttpConnection::HttpConnection(tcp::socket socket, Site& site)
    : socket_(std::move(socket)), site_(site), parser_(kHeadBytesMax) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

bool HttpConnection::wants_websocket() const {
  return parser_.upgrade() && gateway::equals_ignoring_case(head().upgrade, "websocket") &&
         head().method == "GET" && head().websocket_version == "13" &&
         websocket::is_valid_key(head().websocket_key);
}

void HttpConnection::read() {
  const std::size_t room = in_body_ ? kBodyRoomBytes : kReadRoomBytes;
  buffer_.reserve(room, [this](const char* from, const char* to) {
    parser_.moved(from, to);
    target_ = {};  // of views; read again when the body is whole
  });
  socket_.async_read_some(
      net::buffer(buffer_.free_bytes(), buffer_.room()),
      [this, self = shared_from_this()](const error_code& error, std::size_t size) {
        if (error) {
          if (in_body_) site_.body_failed(*this, false);
          return close();
        }
        buffer_.commit(size);
        go_on();
      });
}

void HttpConnection::go_on() {
  if (!in_body_) {
    if (buffer_.empty()) return read();
    auto progress = parser_.parse_head(buffer_.unread());
    if (progress == RequestParser::Progress::kNeedsMore) return read();
    if (progress == RequestParser::Progress::kRefused) {
      keep_alive_ = false;
      answering_ = true;
      return respond(400, "text/plain", "Bad Request");
    }
    request_bytes_ = parser_.head_bytes();
    keep_alive_ = parser_.keep_alive();
    gateway::parse_target(head().method, head().target, target_);
    answering_ = true;
    body_bytes_max_ = 0;
    if (!site_.begin(*this, body_bytes_max_)) return;
    in_body_ = true;
    body_.clear();
  }
  if (!read_body()) return;
  in_body_ = false;
  whole_ = true;
  gateway::parse_target(head().method, head().target, target_);
  std::string_view body = body_;
  if (!parser_.chunked()) {
    body = buffer_.unread().substr(request_bytes_, parser_.content_length());
    request_bytes_ += body.size();
  }
  site_.answer(*this, body);
}

// True when it is whole.
bool HttpConnection::read_body() {
  const auto too_large = [this] {
    in_body_ = keep_alive_ = false;
    site_.body_failed(*this, true);
    return false;
  };
  if (!parser_.chunked()) {
    if (parser_.content_length() > body_bytes_max_) return too_large();
    if (buffer_.unread().size() >= request_bytes_ + parser_.content_length()) return true;
    read();
    return false;
  }
  std::size_t taken = 0;
  auto progress =
      parser_.parse_chunks(buffer_.unread().substr(request_bytes_), body_bytes_max_, taken, body_);
  buffer_.cut(request_bytes_, taken);
  if (progress == RequestParser::Progress::kRefused) return too_large();
  if (progress == RequestParser::Progress::kDone) return true;
  read();
  return false;
}

void HttpConnection::respond(int status, std::string_view type, std::string_view body) {
  if (!answering_ || !socket_.is_open()) return;
  answering_ = false;
  gone_ = nullptr;
  // A body that nobody wanted would be taken for the next request.
  if (!whole_ && (parser_.chunked() || parser_.content_length() != 0)) keep_alive_ = false;
  out_ = "HTTP/1.1 " + std::to_string(status) + ' ';
  out_ += reason(status);
  if (!type.empty()) out_.append("\r\nContent-Type: ").append(type);
  out_ += "\r\nCache-Control: no-store";
  if (!head().origin.empty()) {
    out_.append("\r\nAccess-Control-Allow-Origin: ").append(head().origin);
    out_ += "\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin";
    if (status == 204) {
      out_ +=
          "\r\nAccess-Control-Allow-Methods: GET,POST,OPTIONS"
          "\r\nAccess-Control-Allow-Headers: Content-Type,Authorization";
    }
  }
  if (status != 204) out_ += "\r\nContent-Length: " + std::to_string(body.size());
  if (!keep_alive_) out_ += "\r\nConnection: close";
  out_ += "\r\n\r\n";
  out_ += body;
  net::async_write(socket_, net::buffer(out_),
                   [this, self = shared_from_this()](const error_code& error, std::size_t) {
                     if (error) return close();
                     written();
                   });
}

void HttpConnection::written() {
  data = nullptr;
  if (!keep_alive_) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.release();
    return linger(kLingerBytes);
  }
  whole_ = false;
  buffer_.consume(request_bytes_);
  request_bytes_ = 0;
  if (buffer_.empty()) buffer_.settle();
  parser_.reset();
  go_on();
}

// Closing with unread bytes would reset the connection and take our answer with it.
void HttpConnection::linger(std::size_t left) {
  buffer_.reserve(kReadRoomBytes, [](const char*, const char*) {});
  socket_.async_read_some(
      net::buffer(buffer_.free_bytes(), buffer_.room()),
      [this, self = shared_from_this(), left](const error_code& error, std::size_t size) {
        if (error || size > left) return close();
        linger(left - size);
      });
}

void HttpConnection::watch(std::function<void()> gone) {
  if (!answering_) return;
  gone_ = std::move(gone);
  socket_.async_wait(tcp::socket::wait_read, [this, self = shared_from_this()](const error_code&) {
    if (!gone_ || !socket_.is_open()) return;
    char byte = 0;
    const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0 || (count < 0 && errno == EAGAIN)) return;
    auto tell = std::exchange(gone_, nullptr);
    tell();
    close();
  });
}

std::unique_ptr<websocket::Stream> HttpConnection::open_websocket(std::string& early) {
  answering_ = false;
  const std::string answer = websocket::switching_protocols(head().websocket_key);
  // A fresh socket takes that little at once.
  error_code ignored;
  net::write(socket_, net::buffer(answer), ignored);
  early = buffer_.unread().substr(request_bytes_);
  return std::make_unique<websocket::SocketStream>(std::move(socket_));
}

void HttpConnection::close() {
  data = nullptr;
  gone_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace marquee::conformance
