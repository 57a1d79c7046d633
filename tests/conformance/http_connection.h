// One HTTP/1.1 connection of a conformance server: reads requests with the gateway's parser, hands
// them to a site, writes its answers, one at a time. Kept by itself while the socket is open; one
// thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/read_buffer.h"
#include "gateway/request_parser.h"
#include "gateway/target.h"
#include "libs/websocket/stream.h"

namespace marquee::conformance {

class HttpConnection;

class Site {
 public:
  // A head has come. False: it was answered, the body is not read.
  virtual bool begin(HttpConnection& connection, std::size_t& body_bytes_max) = 0;
  // The request is whole: to be answered, now or later.
  virtual void answer(HttpConnection& connection, std::string_view body) = 0;
  // The body was larger than said in begin(), or broke off. To be answered with 413 if `too_large`.
  virtual void body_failed(HttpConnection& connection, bool too_large) = 0;

 protected:
  ~Site() = default;
};

class HttpConnection final : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, Site& site);

  void start() { go_on(); }

  const gateway::RequestHead& head() const { return parser_.head(); }
  const gateway::Target& target() const { return target_; }
  bool wants_websocket() const;

  // Once a request, as long as the connection is there.
  void respond(int status, std::string_view type, std::string_view body);
  // Calls `gone` when the client goes away before its answer.
  void watch(std::function<void()> gone);
  // Answers 101; the connection then ends without the socket. `early`: what came behind the
  // request.
  std::unique_ptr<websocket::Stream> open_websocket(std::string& early);

  std::shared_ptr<void> data;  // the site's, of this request

 private:
  void go_on();
  void read();
  bool read_body();
  void request_done();
  void written();
  void linger(std::size_t left);
  void close();

  boost::asio::ip::tcp::socket socket_;
  Site& site_;
  gateway::ReadBuffer buffer_;
  gateway::RequestParser parser_;
  gateway::Target target_;
  std::string body_;
  std::size_t request_bytes_ = 0;
  std::size_t body_bytes_max_ = 0;
  std::string out_;
  std::function<void()> gone_;
  bool in_body_ = false;
  bool whole_ = false;      // head and body were read
  bool answering_ = false;  // the request is the site's
  bool keep_alive_ = true;
};

}  // namespace marquee::conformance
