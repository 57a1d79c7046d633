// TLS at the gateway, on the wire: what is agreed on, what is refused, and that nothing of HTTP is
// different behind it.
#include <filesystem>

#include <openssl/ssl.h>

#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/certificates.h"
#include "tests/unit/gateway/test_gateway.h"
#include "tests/unit/gateway/tls_client.h"

namespace marquee::gateway {
namespace {

using testing::Socket;
using TlsOptions = TlsClient::Options;

const std::string kAlive = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string kAliveClose =
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const std::string kStatus = "marquee.auth.v1.AuthStatus/GetStatus";

// A gateway with TLS and a certificate "first".
class TlsGateway {
 public:
  explicit TlsGateway(const std::function<void(Config&)>& change = [](Config&) {}) {
    put(make_certificate("first"));
    gateway_ = std::make_unique<TestGateway>([&](Config& config) {
      config.tls_certificate = certificate_file();
      config.tls_key = key_file();
      config.ops_listen = "127.0.0.1:0";
      change(config);
    });
  }

  void put(const MadeCertificate& made) {
    write_file(certificate_file(), made.certificate);
    write_file(key_file(), made.key);
  }
  std::string certificate_file() const { return folder_.path() + "/tls.pem"; }
  std::string key_file() const { return folder_.path() + "/tls.key"; }

  TestGateway* operator->() { return gateway_.get(); }
  int port() const { return gateway_->port(); }
  // Of /metrics, whether it has this line.
  bool counts(const std::string& line) {
    testing::HttpClient ops("http://127.0.0.1:" + std::to_string(gateway_->gateway().ops_port()));
    return testing::eventually(
        [&] { return ops.get("/metrics").body.find(line + "\n") != std::string::npos; });
  }

 private:
  testing::TemporaryFolder folder_;
  std::unique_ptr<TestGateway> gateway_;
};

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("TLS 1.3 and 1.2 are spoken, and HTTP/1.1 in it") {
  TlsGateway t;
  TlsOptions newest;
  newest.alpn = "\x02h2\x08http/1.1";
  TlsClient client(t.port(), newest);
  REQUIRE(client.connected());
  CHECK(client.version() == "TLSv1.3");
  CHECK(client.alpn() == "http/1.1");
  CHECK(client.server_name() == "first");
  REQUIRE(client.send(kAliveClose));
  CHECK(has(client.receive_until_closed(), "\"alive\""));
  CHECK(client.closed_cleanly());

  TlsOptions older;
  older.version_max = TLS1_2_VERSION;
  TlsClient old(t.port(), older);
  REQUIRE(old.connected());
  CHECK(old.version() == "TLSv1.2");
  REQUIRE(old.send(kAliveClose));
  CHECK(has(old.receive_until_closed(), "\"alive\""));
  CHECK(t.counts("marquee_tls_handshakes_total{outcome=\"full\"} 2"));
}

TEST_CASE("what nobody should speak any more is refused") {
  TlsGateway t;
  TlsOptions old;
  old.version_max = TLS1_1_VERSION;
  old.weak = true;
  CHECK_FALSE(TlsClient(t.port(), old).connected());
  TlsOptions other;
  other.alpn = "\x02h2";
  CHECK_FALSE(TlsClient(t.port(), other).connected());
  CHECK(t.counts("marquee_tls_handshakes_total{outcome=\"failed\"} 2"));

  TlsOptions twelve;
  twelve.version_max = TLS1_2_VERSION;
  TlsClient renegotiates(t.port(), twelve);
  REQUIRE(renegotiates.connected());
  CHECK_FALSE(renegotiates.renegotiate());
}

TEST_CASE("who comes back resumes the session, on another gateway too if they share a secret") {
  auto shared = [](Config& config) { config.tls_ticket_secret = std::string(32, 's'); };
  TlsGateway t(shared);
  TlsGateway sibling(shared);
  TlsGateway stranger;
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TlsOptions options;
    options.version_max = version;
    TlsClient first(t.port(), options);
    REQUIRE(first.connected());
    CHECK_FALSE(first.resumed());
    REQUIRE(first.send(kAlive));
    CHECK(has(first.receive_until("alive"), "alive"));
    options.session_of = &first;
    TlsClient again(t.port(), options);
    CHECK(again.connected());
    CHECK(again.resumed());
    TlsClient elsewhere(sibling.port(), options);
    CHECK(elsewhere.connected());
    CHECK(elsewhere.resumed());
    TlsClient unknown(stranger.port(), options);
    CHECK(unknown.connected());
    CHECK_FALSE(unknown.resumed());
  }
  CHECK(t.counts("marquee_tls_handshakes_total{outcome=\"resumed\"} 2"));
}

TEST_CASE("a session can be resumed after the certificate was read again") {
  TlsGateway t;
  TlsClient first(t.port());
  REQUIRE(first.send(kAlive));
  CHECK(has(first.receive_until("alive"), "alive"));
  t.put(make_certificate("second"));
  t->gateway().reload_certificate();
  CHECK(testing::eventually([&] { return TlsClient(t.port()).server_name() == "second"; }));
  TlsOptions options;
  options.session_of = &first;
  CHECK(TlsClient(t.port(), options).resumed());
}

TEST_CASE("a new certificate is taken without dropping anyone, a broken one is not") {
  TlsGateway t;
  TlsClient before(t.port());
  CHECK(before.server_name() == "first");

  write_file(t.certificate_file(), "rubbish");
  t->gateway().reload_certificate();
  auto other = make_certificate("other");
  write_file(t.certificate_file(), other.certificate);
  t->gateway().reload_certificate();  // not with this key
  auto old = make_certificate("old", std::chrono::hours(-2), std::chrono::hours(-1));
  t.put(old);
  t->gateway().reload_certificate();
  // Reloads happen in order, so this one tells that those before were tried.
  CHECK(TlsClient(t.port()).server_name() == "first");
  t.put(make_certificate("second"));
  t->gateway().reload_certificate();
  std::string seen;
  CHECK(testing::eventually([&] {
    seen = TlsClient(t.port()).server_name();
    return seen != "first";
  }));
  CHECK(seen == "second");

  REQUIRE(before.send(kAlive));
  CHECK(has(before.receive_until("alive"), "alive"));
}

TEST_CASE("requests over TLS are pipelined, kept alive and asked for their bodies") {
  TlsGateway t;
  t->service().reply("marquee.auth.v1.Sessions/Login", auth::v1::LoginReply());
  TlsClient client(t.port());
  std::string many;
  for (int i = 0; i < 100; ++i) many += kAlive;
  REQUIRE(client.send(many + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK(count(client.receive_until("healthy"), "\"alive\"") == 100);
  // A head in two records.
  REQUIRE(client.send("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-"));
  REQUIRE(client.send("Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"));
  CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.send("{}"));
  CHECK(has(client.receive_until_closed(), "HTTP/1.1 200"));
  CHECK(client.closed_cleanly());
}

TEST_CASE("large bodies go both ways over TLS") {
  TlsGateway t([](Config& config) { config.body_bytes_max = 2 * 1024 * 1024; });
  std::string email;
  t->service().on("marquee.auth.v1.Sessions/Login", [&](const FakeCall& call) {
    email = call.as<auth::v1::LoginRequest>().email();
    return std::make_unique<auth::v1::LoginReply>();
  });
  t->service().on(kStatus, [](const FakeCall&) {
    auto reply = std::make_unique<auth::v1::StatusReply>();
    std::string error;
    for (int i = 0; error.size() < 1'000'000; ++i) error += std::to_string(i) + ",";
    reply->set_error(error);
    return reply;
  });
  std::string sent;
  for (int i = 0; sent.size() < 1'000'000; ++i) sent += std::to_string(i) + ",";
  const std::string body = "{\"email\":\"" + sent + "\"}";
  TlsClient client(t.port());
  REQUIRE(client.send("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body));
  CHECK(has(client.receive_until("\r\n\r\n"), "HTTP/1.1 200"));
  CHECK(email == sent);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(client.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n"));
  }
  REQUIRE(client.send(kAliveClose));
  std::string replies = client.receive_until_closed();
  CHECK(count(replies, "HTTP/1.1 200") == 6);
  CHECK(count(replies, sent) == 5);
  CHECK(has(replies, "\"alive\""));
}

TEST_CASE("keys may change in the middle of a connection") {
  TlsGateway t;
  TlsClient client(t.port());
  for (int i = 0; i < 50; ++i) REQUIRE(client.update_keys());
  REQUIRE(client.send(kAlive));
  CHECK(has(client.receive_until("alive"), "alive"));
}

TEST_CASE("a connection that has rested over TLS goes on when asked") {
  TlsGateway t;
  TlsOptions options;
  options.patience = std::chrono::milliseconds(1'500);  // longer than it takes to rest
  TlsClient client(t.port(), options);
  REQUIRE(client.send(kAlive));
  CHECK(has(client.receive_until("alive\",\"success\":true}"), "alive"));
  CHECK(client.receive_until("anything").empty());
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client.send(kAlive));
    CHECK(has(client.receive_until("alive"), "alive"));
  }
}

TEST_CASE("a client that says good-bye over TLS gets its answer, then the same") {
  TlsGateway t;
  t->service().reply(kStatus, auth::v1::StatusReply());
  TlsClient client(t.port());
  REQUIRE(client.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n"));
  client.say_goodbye();
  CHECK(has(client.receive_until_closed(), "HTTP/1.1 200"));
  CHECK(client.closed_cleanly());
  CHECK(t.counts("marquee_http_connections 0"));
}

TEST_CASE("what is no handshake is cut off") {
  TlsGateway t;
  Socket plain(t.port());
  plain.send(kAlive);
  CHECK_FALSE(has(plain.receive_until_closed(), "HTTP/1.1"));
  Socket garbage(t.port());
  garbage.send(std::string(20'000, '\xff'));
  CHECK(garbage.closed());
  Socket huge(t.port());
  huge.send(std::string("\x16\x03\x01\x40\x00\x01\xff\xff\xff", 9) + std::string(16'380, 'x'));
  CHECK_FALSE(has(huge.receive_until_closed(), "HTTP/1.1"));  // an alert
  CHECK(t.counts("marquee_tls_handshakes_total{outcome=\"failed\"} 3"));
  CHECK(t.counts("marquee_http_connections 0"));
}

TEST_CASE("slow handshakes are cut off at the limit of slow headers") {
  TlsGateway t([](Config& config) { config.header_timeout = Millis(200); });
  Socket silent(t.port());
  Socket slow(t.port());
  slow.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  CHECK(silent.closed());
  CHECK(slow.closed());
  TlsClient client(t.port());
  REQUIRE(client.send("GET / HT"));
  CHECK(has(client.receive_until_closed(), "HTTP/1.1 408"));
}

TEST_CASE("the oldest handshake makes room when there are too many") {
  TlsGateway t([](Config& config) {
    config.handshakes_max = 2;
    config.threads = 1;
    config.header_timeout = std::chrono::minutes(1);
  });
  const std::string begun("\x16\x03\x01\x02\x00\x01\x00", 7);
  Socket first(t.port());
  first.send(begun);
  Socket second(t.port());
  second.send(begun);
  Socket third(t.port());
  third.send(begun);
  CHECK(first.closed());
  TlsClient client(t.port());
  REQUIRE(client.connected());
  CHECK(second.closed());
  CHECK_FALSE(third.closed(std::chrono::milliseconds(0)));
  REQUIRE(client.send(kAlive));
  CHECK(has(client.receive_until("alive"), "alive"));
}

TEST_CASE("clients that leave a handshake or an answer leave nothing behind") {
  TlsGateway t;
  t->service().on(kStatus, [](const FakeCall&) {
    auto reply = std::make_unique<auth::v1::StatusReply>();
    reply->set_error(std::string(1'000'000, 'x'));
    return reply;
  });
  {
    Socket halfway(t.port());
    halfway.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
    TlsClient client(t.port());
    for (int i = 0; i < 20; ++i) {
      REQUIRE(client.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    CHECK(has(client.receive_until("xxxx"), "HTTP/1.1 200"));
  }
  CHECK(t.counts("marquee_http_connections 0"));
}

TEST_CASE("a client that leaves over TLS cancels its call") {
  TlsGateway t;
  t->service().reply(kStatus, auth::v1::StatusReply());
  t->service().hold(kStatus);
  {
    TlsClient client(t.port());
    REQUIRE(client.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(testing::eventually([&] { return t->service().calls(kStatus) == 1; }));
  }
  CHECK(t.counts("marquee_http_connections 0"));
  t->service().release();
}

TEST_CASE("a client that takes no answers over TLS is cut off") {
  TlsGateway t([](Config& config) { config.write_timeout = Millis(200); });
  t->service().on(kStatus, [](const FakeCall&) {
    auto reply = std::make_unique<auth::v1::StatusReply>();
    reply->set_error(std::string(1'000'000, 'x'));
    return reply;
  });
  TlsClient client(t.port());
  for (int i = 0; i < 20; ++i) {
    client.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(t.counts("marquee_http_connections 0"));
}

TEST_CASE("browsers are told to insist on TLS, by every answer, where that is wanted") {
  TlsGateway quiet;
  TlsClient untold(quiet.port());
  REQUIRE(untold.send(kAliveClose));
  CHECK_FALSE(has(untold.receive_until_closed(), "Strict-Transport-Security"));

  TlsGateway t([](Config& config) {
    config.hsts = std::chrono::hours(24);
    config.hsts_subdomains = true;
  });
  t->service().reply(kStatus, auth::v1::StatusReply());
  TlsClient told(t.port());
  REQUIRE(told.send("GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n" + kAlive +
                    "GET /none HTTP/1.1\r\nHost: x\r\n\r\nrubbish\r\n\r\n"));
  std::string replies = told.receive_until_closed();
  CHECK(count(replies, "HTTP/1.1 ") == 4);
  CHECK(count(replies, "Strict-Transport-Security: max-age=86400; includeSubDomains\r\n") == 4);
}

TEST_CASE("open TLS connections end when the gateway does") {
  TlsGateway t([](Config& config) {
    config.header_timeout = config.shutdown_grace = std::chrono::minutes(5);
  });
  TlsClient idle(t.port());
  REQUIRE(idle.send(kAlive));
  CHECK(has(idle.receive_until("alive"), "alive"));
  Socket halfway(t.port());
  halfway.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  t->gateway().stop();
  CHECK(idle.receive_until_closed().empty());
  CHECK(idle.closed_cleanly());
  CHECK(halfway.closed());
}

}  // namespace
}  // namespace marquee::gateway
