#include "gateway/http_session.h"

#include <array>
#include <string_view>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "gateway/connection_watch.h"
#include "gateway/header_values.h"
#include "gateway/pipeline.h"
#include "gateway/response_head.h"

namespace marquee::gateway {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kBufferRoomBytes = 64 * 1024;  // beyond the headers
// How long, and how much, a refused sender is listened to, so that it gets to read why.
constexpr std::chrono::milliseconds kLingerTime{1'000};
constexpr std::size_t kLingerBytes = 256 * 1024;

struct Connection {
  WatchedSocket watched;
  beast::flat_buffer buffer;
  ConnectionWatch& watch;
  const Pipeline& pipeline;
  const Config& config;
  net::ip::address peer;

  Connection(net::ip::tcp::socket socket, ConnectionWatch& its_watch, const Pipeline& its_pipeline,
             const Config& its_config)
      : watched(std::move(socket), its_watch),
        buffer(static_cast<std::size_t>(its_config.header_bytes_max) + kBufferRoomBytes),
        watch(its_watch),
        pipeline(its_pipeline),
        config(its_config) {}
};

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

void set_once(std::string_view& target, std::string_view value) {
  if (target.empty()) target = value;
}

RequestHead read_head(const Parser::value_type& request) {
  RequestHead head;
  head.method = view(request.method_string());
  head.target = view(request.target());
  for (const auto& field : request) {
    std::string_view value = view(field.value());
    switch (field.name()) {
      case http::field::host:
        set_once(head.host, value);
        break;
      case http::field::authorization:
        set_once(head.authorization, value);
        break;
      case http::field::cookie:
        set_once(head.cookie, value);
        break;
      case http::field::origin:
        set_once(head.origin, value);
        break;
      case http::field::referer:
        set_once(head.referer, value);
        break;
      case http::field::if_none_match:
        set_once(head.if_none_match, value);
        break;
      case http::field::accept_encoding:
        set_once(head.accept_encoding, value);
        break;
      case http::field::content_type:
        set_once(head.content_type, value);
        break;
      case http::field::access_control_request_method:
        set_once(head.preflight_method, value);
        break;
      default: {
        std::string_view name = view(field.name_string());
        // The last line is the nearest proxy's.
        if (equals_ignoring_case(name, "x-forwarded-for")) head.forwarded_for = value;
        if (equals_ignoring_case(name, "x-request-id")) set_once(head.request_id, value);
        if (equals_ignoring_case(name, "traceparent")) set_once(head.traceparent, value);
        if (equals_ignoring_case(name, "sec-fetch-site")) set_once(head.sec_fetch_site, value);
      }
    }
  }
  return head;
}

// What Beast lets pass and another server on the way could read otherwise.
std::optional<Problem> check_framing(const Parser::value_type& request) {
  const bool http_1_1 = request.version() == 11;
  if (request.version() != 10 && !http_1_1) {
    return Problem(505, "http_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  auto hosts = request.count(http::field::host);
  if (hosts > 1 || (http_1_1 && hosts == 0)) {
    return Problem(400, "bad_request", "Exactly one Host header is needed");
  }
  auto codings = request.count(http::field::transfer_encoding);
  if (codings != 0) {
    std::string_view coding = view(request[http::field::transfer_encoding]);
    if (codings > 1 || !http_1_1 || request.count(http::field::content_length) != 0 ||
        !equals_ignoring_case(trim(coding), "chunked")) {
      return Problem(400, "bad_request", "The request's length is ambiguous");
    }
  }
  return std::nullopt;
}

// Nothing for a connection that broke or ended, which nobody can be told about.
std::optional<Problem> problem_of_read(const error_code& error, bool timed_out) {
  if (timed_out) return Problem(408, "request_timeout", "Request timed out");
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Problem(431, "headers_too_large", "The request headers are too large");
  }
  if (error == http::error::body_limit) {
    return Problem(413, "body_too_large", "The request body is too large");
  }
  if (error == http::error::bad_version) {
    return Problem(505, "http_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error.category() == http::make_error_code(http::error::end_of_stream).category()) {
    return Problem(400, "bad_request", "The request is malformed");
  }
  return std::nullopt;
}

// False when the connection broke.
net::awaitable<bool> write_bytes(Connection& c, std::string_view head, std::string_view body) {
  std::array<net::const_buffer, 2> buffers = {net::buffer(head), net::buffer(body)};
  error_code error;
  c.watched.expires_after(c.config.write_timeout);
  co_await net::async_write(c.watched.socket, buffers,
                            net::redirect_error(net::use_awaitable, error));
  c.watched.never_expires();
  co_return !error;
}

net::awaitable<bool> write_answer(Connection& c, const Exchange& x, bool keep_alive,
                                  bool http_1_0) {
  std::string head = response_head(x, keep_alive, http_1_0);
  std::string_view body = sends_body(x) ? x.answer.body_bytes() : std::string_view();
  co_return co_await write_bytes(c, head, body);
}

// Closing with unread bytes would reset the connection and take our answer with it.
net::awaitable<void> linger(Connection& c) {
  error_code error;
  c.watched.socket.shutdown(net::ip::tcp::socket::shutdown_send, error);
  std::array<char, kReadBytes> sink;
  c.watched.expires_after(kLingerTime);
  for (std::size_t total = 0; !error && total < kLingerBytes;) {
    total += co_await c.watched.socket.async_read_some(
        net::buffer(sink), net::redirect_error(net::use_awaitable, error));
  }
}

net::awaitable<void> refuse(Connection& c, Exchange& x, const Problem& problem) {
  c.pipeline.refuse(x, problem);
  bool written = co_await write_answer(c, x, false, false);
  if (written) co_await linger(c);
}

// Waits for the first byte of a request. False when there will be none.
net::awaitable<bool> await_request(Connection& c) {
  if (c.buffer.size() != 0) co_return true;
  if (c.watch.draining()) co_return false;
  error_code error;
  c.watched.set_idle(true);
  c.watched.expires_after(c.config.idle_timeout);
  std::size_t size = co_await c.watched.socket.async_read_some(
      c.buffer.prepare(kReadBytes), net::redirect_error(net::use_awaitable, error));
  c.watched.set_idle(false);
  c.buffer.commit(size);
  co_return !error;
}

// Reads what is left of the body into x.body. False when the request was refused.
net::awaitable<bool> read_body(Connection& c, Parser& parser, Exchange& x) {
  auto& request = parser.get();
  std::string_view expect = view(request[http::field::expect]);
  if (!expect.empty() && !equals_ignoring_case(expect, "100-continue")) {
    Problem problem(417, "expectation_failed", "Only 100-continue can be expected");
    co_await refuse(c, x, problem);
    co_return false;
  }
  auto length = parser.content_length();
  if (length && *length > x.body_bytes_max) {
    Problem problem(413, "body_too_large", "The request body is too large");
    co_await refuse(c, x, problem);
    co_return false;
  }
  parser.body_limit(x.body_bytes_max);
  if (parser.is_done()) co_return true;
  if (!expect.empty() && c.buffer.size() == 0 && request.version() == 11) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await write_bytes(c, kContinue, std::string_view())) co_return false;
  }
  error_code error;
  c.watched.expires_after(c.config.body_timeout);
  co_await http::async_read(c.watched.socket, c.buffer, parser,
                            net::redirect_error(net::use_awaitable, error));
  if (error) {
    auto problem = problem_of_read(error, c.watched.timed_out());
    if (problem) co_await refuse(c, x, *problem);
    co_return false;
  }
  x.body = std::move(request.body());
  co_return true;
}

// True when another request may follow.
net::awaitable<bool> serve_request(Connection& c) {
  if (!co_await await_request(c)) co_return false;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(c.config.header_bytes_max));
  parser.body_limit(boost::none);
  Exchange x;
  x.peer = c.peer;
  error_code error;
  c.watched.expires_after(c.config.header_timeout);
  co_await http::async_read_header(c.watched.socket, c.buffer, parser,
                                   net::redirect_error(net::use_awaitable, error));
  if (error) {
    auto problem = problem_of_read(error, c.watched.timed_out());
    if (problem) co_await refuse(c, x, *problem);
    co_return false;
  }
  x.head = read_head(parser.get());
  if (auto problem = check_framing(parser.get())) {
    co_await refuse(c, x, *problem);
    co_return false;
  }
  c.pipeline.begin(x);
  if (!co_await read_body(c, parser, x)) co_return false;
  c.watched.never_expires();
  co_await c.pipeline.answer(x);
  bool keep_alive = parser.keep_alive() && !x.answer.close && !c.watch.draining();
  bool written = co_await write_answer(c, x, keep_alive, parser.get().version() == 10);
  co_return written&& keep_alive;
}

}  // namespace

net::awaitable<void> serve_connection(net::ip::tcp::socket socket, ConnectionWatch& watch,
                                      const Pipeline& pipeline, const Config& config) {
  error_code error;
  socket.set_option(net::ip::tcp::no_delay(true), error);
  auto endpoint = socket.remote_endpoint(error);
  if (error) co_return;
  Connection connection(std::move(socket), watch, pipeline, config);
  connection.peer = endpoint.address();
  bool more = true;
  while (more) more = co_await serve_request(connection);
  connection.watched.socket.shutdown(net::ip::tcp::socket::shutdown_both, error);
}

}  // namespace marquee::gateway
