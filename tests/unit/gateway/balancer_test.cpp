// Behind a TCP load balancer that speaks the PROXY protocol, and beside a port that redirects.
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/unit/gateway/certificates.h"
#include "tests/unit/gateway/test_gateway.h"
#include "tests/unit/gateway/tls_client.h"

namespace marquee::gateway {
namespace {

using testing::Socket;

const std::string kAliveClose =
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
// A path with a rate of its own counts who asks.
const std::string kSearchClose =
    "GET /api/movies/search?title=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

std::string line_of(const std::string& client) {
  return "PROXY TCP4 " + client + " 127.0.0.1 1234 443\r\n";
}

std::string binary_of(char last_byte) {
  return std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02", 19) + last_byte +
         std::string("\x7f\x00\x00\x01\x04\xd2\x01\xbb", 8);
}

void trust_balancer(Config& config) {
  config.proxy_protocol_from = {"127.0.0.0/8"};
  config.rates = {"search=1/1h"};
}

std::string talk(int port, std::string_view bytes) {
  Socket socket(port);
  socket.send(bytes);
  return socket.receive_until_closed();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("clients behind a balancer are counted each by its own address") {
  TestGateway t(trust_balancer);
  CHECK_FALSE(has(talk(t.port(), line_of("192.0.2.1") + kSearchClose), "HTTP/1.1 429"));
  CHECK(has(talk(t.port(), binary_of('\x01') + kSearchClose), "HTTP/1.1 429"));
  CHECK_FALSE(has(talk(t.port(), binary_of('\x02') + kSearchClose), "HTTP/1.1 429"));
  CHECK(has(talk(t.port(), line_of("192.0.2.2") + kSearchClose), "HTTP/1.1 429"));
}

TEST_CASE("a header may come in pieces, and before many requests") {
  TestGateway t(trust_balancer);
  Socket socket(t.port());
  const std::string header = line_of("192.0.2.1");
  socket.send(header.substr(0, 9));
  CHECK_FALSE(socket.closed(std::chrono::milliseconds(20)));
  socket.send(header.substr(9) +
              "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string reply = socket.receive_until("healthy");
  CHECK(has(reply, "alive"));
  CHECK(has(reply, "healthy"));
}

TEST_CASE("a balancer has to send a header, others must not") {
  TestGateway t([](Config& config) {
    trust_balancer(config);
    config.header_timeout = Millis(200);
  });
  CHECK(talk(t.port(), kAliveClose).empty());
  CHECK(talk(t.port(), "").empty());
  CHECK(talk(t.port(), "PROXY TCP4 192.0.2.1").empty());
  CHECK(talk(t.port(), "PROXY TCP4 192.0.2.1 nobody 1 2\r\n" + kAliveClose).empty());
  TestGateway others([](Config& config) { config.proxy_protocol_from = {"192.0.2.0/24"}; });
  CHECK(has(talk(others.port(), kAliveClose), "HTTP/1.1 200"));
  CHECK(has(talk(others.port(), line_of("192.0.2.1") + kAliveClose), "\"success\":false"));
  CHECK_THROWS_AS(TestGateway([](Config& config) { config.proxy_protocol_from = {"10/33"}; }),
                  std::invalid_argument);
}

// A gateway with TLS that also redirects.
struct Secured {
  testing::TemporaryFolder folder;
  std::unique_ptr<TestGateway> gateway;

  explicit Secured(const std::function<void(Config&)>& change = [](Config&) {}) {
    auto made = make_certificate("first");
    write_file(folder.path() + "/tls.pem", made.certificate);
    write_file(folder.path() + "/tls.key", made.key);
    gateway = std::make_unique<TestGateway>([&](Config& config) {
      config.tls_certificate = folder.path() + "/tls.pem";
      config.tls_key = folder.path() + "/tls.key";
      config.redirect_listen = "127.0.0.1:0";
      change(config);
    });
  }
  std::string redirect(const std::string& bytes) const {
    return talk(gateway->gateway().redirect_port(), bytes);
  }
};

TEST_CASE("a PROXY header comes before the handshake") {
  Secured t(trust_balancer);
  for (const std::string& header : {line_of("192.0.2.1"), binary_of('\x02')}) {
    TlsClient::Options options;
    options.first = header;
    TlsClient first(t.gateway->port(), options);
    REQUIRE(first.connected());
    REQUIRE(first.send(kSearchClose));
    CHECK_FALSE(has(first.receive_until_closed(), "HTTP/1.1 429"));
    TlsClient second(t.gateway->port(), options);
    REQUIRE(second.send(kSearchClose));
    CHECK(has(second.receive_until_closed(), "HTTP/1.1 429"));
  }
  CHECK_FALSE(TlsClient(t.gateway->port()).connected());
  CHECK(has(t.redirect(line_of("192.0.2.1") + kAliveClose), "HTTP/1.1 200"));
  CHECK(t.redirect(kAliveClose).empty());
}

TEST_CASE("plain HTTP is sent on to https, on the same host and path") {
  Secured t;
  auto get = [&](const std::string& method, const std::string& target, const std::string& host) {
    return t.redirect(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  };
  std::string reply = get("GET", "/api/movies?page=2", "localhost");
  CHECK(reply.compare(0, 30, "HTTP/1.1 301 Moved Permanently") == 0);
  CHECK(has(reply, "\r\nLocation: https://localhost/api/movies?page=2\r\n"));
  CHECK(has(reply, "\r\nConnection: close\r\n"));
  CHECK(has(get("HEAD", "/", "www.films.example:80"), "Location: https://www.films.example/\r\n"));
  CHECK(has(get("GET", "//evil.example/x", "localhost"),
            "Location: https://localhost//evil.example/x\r\n"));
  std::string post = t.redirect(
      "POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(post.compare(0, 31, "HTTP/1.1 308 Permanent Redirect") == 0);
  CHECK(has(post, "Location: https://127.0.0.1/api/auth/login\r\n"));
  CHECK(has(get("GET", "/healthz", "whoever"), "\"alive\""));

  Secured elsewhere([](Config& config) { config.redirect_port = 8443; });
  CHECK(has(elsewhere.redirect("GET /a HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"),
            "Location: https://localhost:8443/a\r\n"));
}

TEST_CASE("nobody is sent elsewhere") {
  Secured t;
  for (const char* host : {"evil.example", "localhost.evil.example", "films.example", "[::1]"}) {
    CAPTURE(host);
    std::string reply = t.redirect(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
    CHECK(reply.compare(0, 12, "HTTP/1.1 421") == 0);
    CHECK_FALSE(has(reply, "Location"));
  }
  for (const char* host : {"", "user@localhost", "localhost/evil", "localhost:", "localhost:x",
                           "localhost:123456", "[::1", "[localhost]", "local host", "a\\b"}) {
    CAPTURE(host);
    std::string reply = t.redirect(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
    CHECK(reply.compare(0, 12, "HTTP/1.1 400") == 0);
    CHECK_FALSE(has(reply, "Location"));
  }
  for (const char* request : {"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
                              "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET / HTTP/1.1\r\n\r\n", "rubbish\r\n\r\n"}) {
    CAPTURE(request);
    std::string reply = t.redirect(request);
    CHECK(reply.compare(0, 12, "HTTP/1.1 400") == 0);
    CHECK_FALSE(has(reply, "Location"));
  }
}

TEST_CASE("slow clients of the redirecting port are cut off") {
  Secured t([](Config& config) { config.header_timeout = Millis(200); });
  CHECK(t.redirect("GET / HT").empty());
  CHECK(t.redirect("").empty());
}

}  // namespace
}  // namespace marquee::gateway
