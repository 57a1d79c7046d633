// How a gateway ends: nothing that was begun is lost, nothing waits for ever.
#include <thread>

#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using testing::Socket;
const std::string kStatus = "marquee.auth.v1.AuthStatus/GetStatus";

TEST_CASE("open requests finish, idle connections end, new ones find nobody") {
  TestGateway t;
  t.service().reply(kStatus, auth::v1::StatusReply());
  t.service().hold(kStatus);
  const int port = t.port();
  Socket busy(port);
  busy.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n");
  Socket idle(port);
  idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(idle.receive_until("\r\n\r\n").find("200") != std::string::npos);
  CHECK(testing::eventually([&] { return t.service().calls(kStatus) == 1; }));

  std::thread stopping([&] { t.gateway().stop(); });
  CHECK(idle.closed());
  CHECK(testing::eventually([&] { return !Socket::can_connect(port); }));
  t.service().release();
  std::string reply = busy.receive_until_closed();
  CHECK(reply.find("HTTP/1.1 200") == 0);
  CHECK(reply.find("Connection: close\r\n") != std::string::npos);
  stopping.join();
}

TEST_CASE("a connection in use ends with an answer, not before it") {
  TestGateway t;
  Socket client(t.port());
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.receive_until("\r\n\r\n").find("Connection: close") == std::string::npos);
  std::thread stopping([&] { t.gateway().stop(); });
  CHECK(testing::eventually([&] { return !Socket::can_connect(t.port()); }));
  // Two at once: a client that was not told may send more than one.
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(request + request);
  std::string reply = client.receive_until_closed();
  CHECK(reply.find("HTTP/1.1 200") != std::string::npos);
  CHECK(reply.find("Connection: close\r\n") != std::string::npos);
  stopping.join();
}

TEST_CASE("with a delay all goes on as before while balancers learn of the end") {
  TestGateway t([](Config& config) { config.shutdown_delay = Millis(1'000); });
  const std::string ready = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
  std::thread stopping([&] { t.gateway().stop(); });
  CHECK(testing::eventually([&] { return t.gateway().not_ready() == "shutting down"; }));
  Socket late(t.port());
  for (int i = 0; i < 2; ++i) {
    late.send(ready);
    std::string reply = late.receive_until("\r\n\r\n");
    CHECK(reply.find("HTTP/1.1 503") != std::string::npos);
    CHECK(reply.find("Connection: close") == std::string::npos);
  }
  stopping.join();
  CHECK(!Socket::can_connect(t.port()));
}

TEST_CASE("what does not finish is cut off") {
  TestGateway t([](Config& config) { config.shutdown_grace = Millis(100); });
  t.service().reply(kStatus, auth::v1::StatusReply());
  t.service().hold(kStatus);
  Socket stuck(t.port());
  stuck.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(testing::eventually([&] { return t.service().calls(kStatus) == 1; }));
  auto began = std::chrono::steady_clock::now();
  t.gateway().stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  CHECK(stuck.closed());
}

TEST_CASE("a port has one gateway") {
  TestGateway t;
  Config config;
  config.listen = "127.0.0.1:" + std::to_string(t.port());
  config.ops_listen.clear();
  config.nats_url.clear();
  Gateway second(config, TestGateway::descriptors());
  CHECK_THROWS_AS(second.start(), std::runtime_error);
}

}  // namespace
}  // namespace marquee::gateway
