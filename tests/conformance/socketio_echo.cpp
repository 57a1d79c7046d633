// The gateway's Engine.IO and Socket.IO for the protocols' own test suites: /engine.io/ sends every
// message back; /socket.io/ has the namespaces / and /custom, which emit `auth` with what the
// client authenticated by, answer `message` with `message-back` and acknowledge `message-with-ack`,
// with the same arguments each.
#include <boost/asio/io_context.hpp>

#include "libs/core/config.h"
#include "tests/conformance/engine_site.h"
#include "tests/conformance/server.h"

int main(int argc, char** argv) {
  using namespace marquee;
  int port = 3000;
  int ping_interval = 300;
  int ping_timeout = 200;
  core::Options options("socketio_echo", "MARQUEE_SOCKETIO_ECHO_",
                        "An Engine.IO and Socket.IO server that sends back what it gets.");
  options.add("port", port, "to listen on; 0: a free one", 0, 65'535);
  options.add("ping-interval", ping_interval, "milliseconds between heartbeats", 1);
  options.add("ping-timeout", ping_timeout, "milliseconds for a client to answer one", 1);
  return options.parse_and_run(argc, argv, [&] {
    engine_io::Settings settings;
    settings.ping_interval = std::chrono::milliseconds(ping_interval);
    settings.ping_timeout = std::chrono::milliseconds(ping_timeout);
    settings.payload_bytes_max = 1'000'000;
    boost::asio::io_context context(1);
    conformance::EngineSite site(context, settings);
    conformance::run_server(context, port, site);
    return 0;
  });
}
