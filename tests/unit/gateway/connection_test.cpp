// What happens on the wire: framing, limits, slow and rude clients.
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using testing::Socket;

std::string talk(TestGateway& t, std::string_view bytes) {
  Socket socket(t.port());
  socket.send(bytes);
  return socket.receive_until_closed();
}

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

TEST_CASE("pipelined requests are answered in order on one connection") {
  TestGateway t;
  std::string reply = talk(t,
                           "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                           "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                           "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n"
                           "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(count(reply, "HTTP/1.1 ") == 4);
  CHECK(reply.find("\"alive\"") < reply.find("\"Not found\""));
  CHECK(count(reply, "\"healthy\"") == 1);
  CHECK(count(reply, "Connection: close") == 1);
}

TEST_CASE("HTTP/1.0 closes unless asked to stay") {
  TestGateway t;
  CHECK(count(talk(t, "GET /healthz HTTP/1.0\r\n\r\n"), "Connection: close") == 1);
  std::string reply = talk(t,
                           "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                           "GET /healthz HTTP/1.0\r\n\r\n");
  CHECK(count(reply, "HTTP/1.1 200") == 2);
  CHECK(count(reply, "Connection: keep-alive") == 1);
}

TEST_CASE("an absolute target is served") {
  TestGateway t;
  std::string reply = talk(
      t, "GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(starts_with(reply, "HTTP/1.1 200"));
}

TEST_CASE("a request whose length is ambiguous is refused and the connection closed") {
  TestGateway t;
  const std::string post = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\n";
  const std::string smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string headers :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", "Content-Length: -1\r\n\r\n",
        "Content-Length: 4x\r\n\r\n", "Transfer-Encoding: gzip\r\n\r\n",
        "Transfer-Encoding: chunked, gzip\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding : chunked\r\n\r\n",
        "Host: y\r\nContent-Length: 0\r\n\r\n"}) {
    CAPTURE(headers);
    std::string reply = talk(t, post + headers + smuggled);
    CHECK(starts_with(reply, "HTTP/1.1 400"));
    CHECK(count(reply, "HTTP/1.1 ") == 1);
    CHECK(count(reply, "\"success\":false") == 1);
  }
  std::string old =
      talk(t, "POST /api/auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled);
  CHECK(starts_with(old, "HTTP/1.1 400"));
  CHECK(count(old, "HTTP/1.1 ") == 1);
}

TEST_CASE("what is no HTTP is refused") {
  TestGateway t;
  CHECK(starts_with(talk(t, "hello\r\n\r\n"), "HTTP/1.1 400"));
  CHECK(starts_with(talk(t, "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400"));
  CHECK(starts_with(talk(t, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"), "HTTP/1.1 505"));
  CHECK(starts_with(talk(t, "GET foo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                    "HTTP/1.1 400"));
}

TEST_CASE("a chunked body is read like any other") {
  TestGateway t;
  std::string email;
  t.service().on("marquee.auth.v1.Sessions/Login", [&](const FakeCall& call) {
    email = call.as<auth::v1::LoginRequest>().email();
    return std::make_unique<auth::v1::LoginReply>();
  });
  std::string reply = talk(t,
                           "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n"
                           "7\r\n{\"email\r\n7;x=y\r\n\":\"a@b\"\r\n1\r\n}\r\n0\r\n\r\n");
  CHECK(starts_with(reply, "HTTP/1.1 200"));
  CHECK(email == "a@b");
}

TEST_CASE("a body is asked for where the client waits for that") {
  TestGateway t;
  t.service().reply("marquee.auth.v1.Sessions/Login", auth::v1::LoginReply());
  Socket socket(t.port());
  socket.send(
      "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\nConnection: close\r\n\r\n");
  CHECK(starts_with(socket.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n"));
  socket.send("{}");
  CHECK(socket.receive_until_closed().find("HTTP/1.1 200") != std::string::npos);
  CHECK(starts_with(talk(t,
                         "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                         "Expect: miracles\r\n\r\n{}"),
                    "HTTP/1.1 417"));
}

TEST_CASE("too much of anything is refused, and the sender gets to read why") {
  TestGateway t([](Config& config) {
    config.header_bytes_max = 2048;
    config.body_bytes_max = 4096;
  });
  std::string headers =
      talk(t, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(4000, 'a') + "\r\n\r\n");
  CHECK(starts_with(headers, "HTTP/1.1 431"));
  const std::string post = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\n";
  std::string announced =
      talk(t, post + "Content-Length: 100000\r\n\r\n" + std::string(100'000, 'a'));
  CHECK(starts_with(announced, "HTTP/1.1 413"));
  CHECK(count(announced, "\"success\":false") == 1);
  std::string chunked =
      talk(t, post + "Transfer-Encoding: chunked\r\n\r\n186A0\r\n" + std::string(100'000, 'a'));
  CHECK(starts_with(chunked, "HTTP/1.1 413"));
  TestGateway wide;
  std::string target = talk(
      wide, "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(starts_with(target, "HTTP/1.1 414"));
}

TEST_CASE("a body that nobody asked for is read and ignored") {
  TestGateway t;
  t.service().reply("marquee.auth.v1.AuthStatus/GetStatus", auth::v1::StatusReply());
  std::string reply = talk(t,
                           "GET /api/auth/status HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                           "Content-Type: text/plain\r\n\r\nhello"
                           "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(count(reply, "HTTP/1.1 200") == 2);
}

TEST_CASE("slow clients are told, idle ones dropped") {
  TestGateway t([](Config& config) {
    config.header_timeout = Millis(200);
    config.body_timeout = Millis(200);
    config.idle_timeout = Millis(200);
  });
  CHECK(starts_with(talk(t, "GET / HT"), "HTTP/1.1 408"));
  CHECK(starts_with(talk(t,
                         "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
                         "\r\n{"),
                    "HTTP/1.1 408"));
  CHECK(talk(t, "").empty());
  Socket socket(t.port());
  socket.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string reply = socket.receive_until_closed();
  CHECK(count(reply, "HTTP/1.1 ") == 1);
}

TEST_CASE("headers that come byte by byte are read, but never beyond their limit") {
  TestGateway t([](Config& config) { config.header_timeout = Millis(1'000); });
  Socket patient(t.port());
  for (char byte : std::string("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
    patient.send(std::string(1, byte));
  }
  CHECK(starts_with(patient.receive_until_closed(), "HTTP/1.1 200"));

  // There is always something to read.
  Socket endless(t.port());
  endless.send("GET /healthz HTTP/1.1\r\nX: ");
  std::string reply;
  CHECK(testing::eventually([&] {
    if (reply.empty()) endless.send("x");
    reply += endless.receive_until("\r\n\r\n", Millis(20));
    return reply.find("\r\n\r\n") != std::string::npos;
  }));
  CHECK(starts_with(reply, "HTTP/1.1 408"));
}

TEST_CASE("a client that takes no answers is cut off") {
  TestGateway t([](Config& config) {
    config.write_timeout = Millis(200);
    config.ops_listen = "127.0.0.1:0";
  });
  t.service().on("marquee.auth.v1.AuthStatus/GetStatus", [](const FakeCall&) {
    auto reply = std::make_unique<auth::v1::StatusReply>();
    reply->set_error(std::string(1'000'000, 'x'));
    return reply;
  });
  Socket socket(t.port());
  for (int i = 0; i < 20; ++i) socket.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n");
  testing::HttpClient ops("http://127.0.0.1:" + std::to_string(t.gateway().ops_port()));
  CHECK(testing::eventually([&] {
    return ops.get("/metrics").body.find("marquee_http_connections 0") != std::string::npos;
  }));
}

TEST_CASE("more connections than allowed are sent away") {
  TestGateway t([](Config& config) { config.connections_max = 1; });
  Socket first(t.port());
  first.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(starts_with(first.receive_until("\r\n\r\n"), "HTTP/1.1 200"));
  Socket second(t.port());
  CHECK(starts_with(second.receive_until_closed(), "HTTP/1.1 503"));
}

TEST_CASE("calls beyond the cap of an upstream are refused at once") {
  TestGateway t([](Config& config) { config.inflight_max = 1; });
  const std::string method = "marquee.auth.v1.AuthStatus/GetStatus";
  t.service().reply(method, auth::v1::StatusReply());
  t.service().hold(method);
  Socket waiting(t.port());
  waiting.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(testing::eventually([&] { return t.service().calls(method) == 1; }));
  auto refused = t.client().get("/api/auth/status");
  CHECK(refused.status == 503);
  CHECK(refused.header("retry-after") == "1");
  CHECK(refused.json()["code"] == "overloaded");
  t.service().release();
  CHECK(starts_with(waiting.receive_until_closed(), "HTTP/1.1 200"));
}

}  // namespace
}  // namespace marquee::gateway
