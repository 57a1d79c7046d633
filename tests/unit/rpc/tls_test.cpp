// Streams and channels over TLS, with certificates made here.
#include "libs/rpc/channel_credentials.h"
#include "libs/testing/certificates.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"
#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc {
namespace {

// What an authority signs for one server and one client.
struct Signed {
  Signed() {
    by.sign("server", "DNS:movie-service");
    by.sign("client", "DNS:gateway");
  }
  TlsFiles server(bool asks_for_clients) const {
    return {asks_for_clients ? by.authority() : "", by.certificate("server"), by.key("server")};
  }
  TlsFiles client(bool known) const {
    if (!known) return {by.authority(), "", ""};
    return {by.authority(), by.certificate("client"), by.key("client")};
  }
  testing::Certificates by;
};

void echo(const std::shared_ptr<TakenCall>& call) {
  call->reply(call->start().payload());
}

Code outcome(const TlsFiles& server_files, const TlsFiles& client_files,
             const std::string& host = "movie-service") {
  FakeStreamServer::Options options;
  options.tls = server_files;
  FakeStreamServer server(echo, options);
  TestClient::Options wanted;
  wanted.tls = client_files;
  wanted.host = host;
  TestClient client({server.port()}, wanted);
  auto small = client.start("x");
  auto large = client.start(std::string(300 * 1024, 'x'));
  REQUIRE(small->wait());
  REQUIRE(large->wait());
  CHECK(small->answer().code == large->answer().code);
  return small->answer().code;
}

TEST_CASE("TLS and mTLS: who has the right files is served, nobody else") {
  Signed files;
  CHECK(outcome(files.server(false), files.client(false)) == Code::kOk);
  CHECK(outcome(files.server(true), files.client(true)) == Code::kOk);
  CHECK(outcome(files.server(true), files.client(false)) == Code::kUnavailable);
  CHECK(outcome(files.server(false), files.client(false), "auth-service") == Code::kUnavailable);
  CHECK(outcome(files.server(false), TlsFiles()) == Code::kUnavailable);
  CHECK(outcome(TlsFiles(), files.client(false)) == Code::kUnavailable);
  Signed others;
  CHECK(outcome(files.server(false), others.client(false)) == Code::kUnavailable);
  CHECK(outcome(files.server(true), {files.by.authority(), others.by.certificate("client"),
                                     others.by.key("client")}) == Code::kUnavailable);
}

TEST_CASE("TLS files that cannot be used are named") {
  CHECK_THROWS_WITH(channel_credentials({"/nowhere/ca.pem", "", ""}),
                    "cannot read /nowhere/ca.pem");
  CHECK_THROWS_AS(channel_credentials({"", "certificate.pem", ""}), std::runtime_error);
}

}  // namespace
}  // namespace marquee::rpc
