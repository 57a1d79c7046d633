// The HTTP side of the Socket.IO conformance server: which session a request is for, and what its
// connection waits for. One thread, that of its context.
#pragma once

#include <boost/asio/io_context.hpp>

#include "libs/engine_io/request.h"
#include "libs/engine_io/sessions.h"
#include "libs/socket_io/connection.h"
#include "tests/conformance/echo.h"
#include "tests/conformance/http_connection.h"

namespace marquee::conformance {

class EngineSite final : public Site {
 public:
  EngineSite(boost::asio::io_context& context, const engine_io::Settings& settings);

  bool begin(HttpConnection& http, std::size_t& body_bytes_max) override;
  void answer(HttpConnection& http, std::string_view body) override;
  void body_failed(HttpConnection& http, bool too_large) override;

 private:
  using Live = std::shared_ptr<engine_io::LiveSession>;

  engine_io::Sessions* sessions_at(std::string_view path);
  Live add_session(engine_io::Sessions& sessions);
  void open_socket(HttpConnection& http, engine_io::Sessions& sessions, const Live& known);
  void poll(HttpConnection& http, const Live& live);
  void refuse(HttpConnection& http, engine_io::Refusal refusal);

  EchoHandler echo_;
  websocket::Loop loop_;
  const engine_io::Settings settings_;
  websocket::Connection::Limits socket_limits_;
  socket_io::ConnectionSettings socket_io_settings_;
  engine_io::Sessions engine_sessions_;
  engine_io::Sessions socket_sessions_;
};

}  // namespace marquee::conformance
