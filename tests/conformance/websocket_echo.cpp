// Sends every WebSocket message back: the gateway's sockets for a protocol test suite such as
// Autobahn's, on any path.
#include <boost/asio/io_context.hpp>

#include "libs/core/config.h"
#include "libs/websocket/connection.h"
#include "tests/conformance/server.h"

namespace marquee::conformance {
namespace {

using websocket::CloseCode;
using websocket::Connection;
using websocket::Frame;
using websocket::Opcode;

constexpr std::size_t kMessageBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kFragmentsMax = 65'536;
// What the peer has not read yet; it is not read from meanwhile.
constexpr std::size_t kQueueBytesMax = 4 * kMessageBytesMax;

struct Echo final : Connection::Listener {
  std::weak_ptr<Connection> connection;

  void on_message(std::string_view data, bool binary) override {
    auto target = connection.lock();
    if (target) target->send(Frame::make(binary ? Opcode::kBinary : Opcode::kText, {data}));
  }
  void on_closed(CloseCode) override { delete this; }
};

class EchoSite final : public Site {
 public:
  explicit EchoSite(boost::asio::io_context& context) : loop_(context) {
    limits_.messages = {kMessageBytesMax, kFragmentsMax};
    limits_.queue.hard_bytes = kQueueBytesMax;
  }

  bool begin(HttpConnection& http, std::size_t&) override {
    if (!http.wants_websocket()) {
      http.respond(400, "text/plain", "A WebSocket is expected");
      return false;
    }
    std::string early;
    auto stream = http.open_websocket(early);
    auto* echo = new Echo;  // until the connection ends
    auto connection = std::make_shared<Connection>(loop_, std::move(stream), limits_, *echo);
    echo->connection = connection;
    connection->start(early);
    return false;
  }
  void answer(HttpConnection&, std::string_view) override {}
  void body_failed(HttpConnection&, bool) override {}

 private:
  websocket::Loop loop_;
  Connection::Limits limits_;
};

}  // namespace
}  // namespace marquee::conformance

int main(int argc, char** argv) {
  using namespace marquee;
  int port = 9001;
  core::Options options("websocket_echo", "MARQUEE_WEBSOCKET_ECHO_",
                        "A WebSocket server that sends every message back.");
  options.add("port", port, "to listen on; 0: a free one", 0, 65'535);
  return options.parse_and_run(argc, argv, [&] {
    boost::asio::io_context context(1);
    conformance::EchoSite site(context);
    conformance::run_server(context, port, site);
    return 0;
  });
}
