// Streams and channels over TLS, with certificates made here.
#include <fstream>

#include "libs/rpc/channel_credentials.h"
#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"
#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc {
namespace {

// A certificate authority, and what it signs for one server name and one client.
class Certificates {
 public:
  Certificates() {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=test authority", "-keyout", path("ca.key"), "-out",
             path("ca.pem")});
    sign("server", "movie-service");
    sign("client", "gateway");
  }

  TlsFiles server(bool asks_for_clients) const {
    return {asks_for_clients ? path("ca.pem") : "", path("server.pem"), path("server.key")};
  }
  TlsFiles client(bool known) const {
    TlsFiles files;
    files.ca = path("ca.pem");
    if (known) {
      files.certificate = path("client.pem");
      files.key = path("client.key");
    }
    return files;
  }
  std::string path(const std::string& file) const { return folder_.path() + "/" + file; }

 private:
  void sign(const std::string& file, const std::string& name) const {
    std::ofstream(path(file + ".ext")) << "subjectAltName=DNS:" << name << "\n";
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=" + name, "-keyout", path(file + ".key"), "-out", path(file + ".csr")});
    openssl({"x509", "-req", "-in", path(file + ".csr"), "-CA", path("ca.pem"), "-CAkey",
             path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", path(file + ".ext"),
             "-out", path(file + ".pem")});
  }
  static void openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    std::string output;
    if (testing::run(arguments, &output) != 0) throw std::runtime_error(output);
  }

  testing::TemporaryFolder folder_;
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
  Certificates files;
  CHECK(outcome(files.server(false), files.client(false)) == Code::kOk);
  CHECK(outcome(files.server(true), files.client(true)) == Code::kOk);
  CHECK(outcome(files.server(true), files.client(false)) == Code::kUnavailable);
  CHECK(outcome(files.server(false), files.client(false), "auth-service") == Code::kUnavailable);
  CHECK(outcome(files.server(false), TlsFiles()) == Code::kUnavailable);
  CHECK(outcome(TlsFiles(), files.client(false)) == Code::kUnavailable);
  Certificates others;
  CHECK(outcome(files.server(false), others.client(false)) == Code::kUnavailable);
  CHECK(outcome(files.server(true), {files.path("ca.pem"), others.path("client.pem"),
                                     others.path("client.key")}) == Code::kUnavailable);
}

TEST_CASE("TLS files that cannot be used are named") {
  CHECK_THROWS_WITH(channel_credentials({"/nowhere/ca.pem", "", ""}),
                    "cannot read /nowhere/ca.pem");
  CHECK_THROWS_AS(channel_credentials({"", "certificate.pem", ""}), std::runtime_error);
}

}  // namespace
}  // namespace marquee::rpc
