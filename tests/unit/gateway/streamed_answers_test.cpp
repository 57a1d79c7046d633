// Answers that come in pieces: a server-streaming RPC as newline-delimited JSON, read quickly,
// slowly, in part or not at all.
#include <atomic>

#include <nlohmann/json.hpp>

#include "libs/rpc/server.h"
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "marquee/movie/v1/export.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using movie::v1::ExportedRecord;
using rpc::Call;
using rpc::NextReplies;
using testing::eventually;
using testing::Socket;
using Records = std::vector<ExportedRecord>;
using Make = std::function<NextReplies<ExportedRecord>(const Call&)>;

constexpr int kEndless = 100'000'000;
constexpr std::int64_t kProbe = 8;  // a user

ExportedRecord record(int number, std::size_t padding) {
  ExportedRecord made;
  made.set_kind(movie::v1::RECORD_KIND_COMMENT);
  made.set_movie_id(number);
  made.set_text(std::string(padding, 'x'));
  return made;
}

// Some 2 KiB a turn of four.
Make counting(int count, std::size_t padding = 500) {
  return [=](const Call&) {
    return [=, at = 0](const Call&, Records& records) mutable {
      for (int i = 0; i < 4 && at < count; ++i) records.push_back(record(at++, padding));
      return at < count;
    };
  };
}

// A gateway before a movie service that exports what a test wants.
class Exporting {
 public:
  explicit Exporting(
      Make make, const std::function<void(Config&)>& change = [](Config&) {})
      : server_(rpc::ServerConfig(), nullptr) {
    server_.service("marquee.movie.v1.Exports")
        .on_stream("ExportOwn", [this, make = std::move(make)](const Call& call,
                                                               const google::protobuf::Empty&) {
          auto next = call.user() == kProbe ? counting(0)(call) : make(call);
          return NextReplies<ExportedRecord>(
              [this, next, counted = std::make_shared<Counted>(open_)](const Call& now,
                                                                       Records& records) {
                ++turns_;
                return next(now, records);
              });
        });
    server_.start();
    gateway_ = std::make_unique<TestGateway>([&](Config& config) {
      config.upstreams.back() = "movie=127.0.0.1:" + std::to_string(server_.port());
      change(config);
    });
    // Until it is known to the gateway.
    eventually([this] {
      auto client = gateway_->client();
      client.bearer(gateway_->token(kProbe));
      return client.get("/api/user/export/").status == 200;
    });
    turns_ = 0;
  }

  Socket& socket() { return *sockets_.emplace_back(std::make_unique<Socket>(port())); }
  std::string request(const std::string& head = "GET /api/user/export/ HTTP/1.1") const {
    return head + "\r\nHost: x\r\nAuthorization: Bearer " + gateway_->token(7) + "\r\n\r\n";
  }
  Socket& get(const std::string& head = "GET /api/user/export/ HTTP/1.1") {
    Socket& made = socket();
    made.send(request(head));
    return made;
  }
  testing::HttpReply whole() {
    auto client = gateway_->client();
    client.bearer(gateway_->token(7));
    return client.get("/api/user/export/");
  }
  int port() const { return gateway_->port(); }
  int turns() const { return turns_; }
  int open() const { return open_; }
  TestGateway& gateway() { return *gateway_; }

 private:
  struct Counted {
    explicit Counted(std::atomic<int>& counter) : count(counter) { ++count; }
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::atomic<int>& count;
  };

  std::atomic<int> turns_{0};
  std::atomic<int> open_{0};
  rpc::Server server_;
  std::unique_ptr<TestGateway> gateway_;
  std::vector<std::unique_ptr<Socket>> sockets_;
};

int lines_in(const std::string& body) {
  int at = 0;
  for (std::size_t begin = 0; begin < body.size(); ++at) {
    const std::size_t end = body.find('\n', begin);
    if (end == std::string::npos) return -1;
    const auto line = nlohmann::json::parse(body.substr(begin, end - begin), nullptr, false);
    if (!line.is_object() || line["movie_id"] != at || line["kind"] != "comment") return -1;
    begin = end + 1;
  }
  return at;
}

TEST_CASE("a streamed answer comes whole, in order, on a connection that goes on") {
  const int count = GENERATE(0, 1, 3'000);
  Exporting t(counting(count));
  auto reply = t.whole();
  CHECK(reply.status == 200);
  CHECK(reply.header("content-type") == "application/x-ndjson");
  CHECK(reply.header("cache-control") == "no-store");
  CHECK(lines_in(reply.body) == count);
  Socket& socket = t.socket();
  socket.send(t.request() + t.request() +
              "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = socket.receive_until_closed();
  int answers = 0;
  for (auto at = all.find("HTTP/1.1 200"); at != std::string::npos;
       at = all.find("HTTP/1.1 200", at + 1)) {
    ++answers;
  }
  CHECK(answers == 3);
  CHECK(eventually([&] { return t.open() == 0; }));
}

TEST_CASE("a client of HTTP/1.0 gets it without chunks, until the end") {
  Exporting t(counting(100));
  Socket& socket = t.get("GET /api/user/export/ HTTP/1.0");
  const std::string all = socket.receive_until_closed();
  CHECK(all.find("Transfer-Encoding") == std::string::npos);
  CHECK(all.find("Connection: close") != std::string::npos);
  CHECK(lines_in(all.substr(all.find("\r\n\r\n") + 4)) == 100);
}

TEST_CASE("HEAD has the head alone, and lets the stream go") {
  Exporting t(counting(kEndless));
  Socket& socket = t.get("HEAD /api/user/export/ HTTP/1.1");
  socket.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = socket.receive_until_closed();
  CHECK(all.starts_with("HTTP/1.1 200"));
  CHECK(all.find("movie_id") == std::string::npos);
  CHECK(all.find("{\"status\"") != std::string::npos);
  CHECK(eventually([&] { return t.open() == 0; }));
}

TEST_CASE("a client that does not read stops the service; one that leaves ends the stream") {
  Exporting t(counting(kEndless));
  {
    Socket client(t.port());
    client.send(t.request());
    client.receive_until("movie_id");
    // What fits into the buffers on the way, and no more.
    int seen = 0;
    int same = 0;
    CHECK(eventually([&] {
      const int turns = t.turns();
      same = turns == std::exchange(seen, turns) ? same + 1 : 0;
      return same == 10;
    }));
    CHECK(seen < 20'000);
    CHECK(t.open() == 1);
    CHECK(t.gateway().client().get("/healthz").status == 200);
  }
  CHECK(eventually([&] { return t.open() == 0; }));
}

TEST_CASE("a client that stops reading for good is cut off after its time") {
  Exporting t(counting(kEndless),
              [](Config& config) { config.write_timeout = std::chrono::milliseconds(300); });
  Socket& socket = t.get();
  socket.receive_until("movie_id");
  CHECK(eventually([&] { return t.open() == 0; }));
  const std::string rest = socket.receive_until_closed();
  CHECK_FALSE(rest.ends_with("0\r\n\r\n"));
}

TEST_CASE("a failure before the first line is an answer, one after it breaks the answer off") {
  const int before = GENERATE(0, 1, 500);
  Exporting t([before](const Call&) {
    return [before, at = 0](const Call&, Records& records) mutable {
      if (at == before) throw Error(Code::kFailedPrecondition, "forgotten", "I forgot the rest");
      records.push_back(record(at++, 10));
      return true;
    };
  });
  if (before == 0) {
    const auto reply = t.whole();
    CHECK(reply.status == 400);
    CHECK(reply.header("content-type") == "application/problem+json");
    CHECK(reply.json()["code"] == "forgotten");
    CHECK(reply.json()["message"] == "I forgot the rest");
    return;
  }
  const std::string all = t.get().receive_until_closed();
  CHECK(all.starts_with("HTTP/1.1 200"));
  CHECK(all.find("\"movie_id\":" + std::to_string(before - 1)) != std::string::npos);
  CHECK_FALSE(all.ends_with("0\r\n\r\n"));
}

TEST_CASE("a gateway that stops breaks off what does not end") {
  Exporting t(counting(kEndless),
              [](Config& config) { config.shutdown_grace = std::chrono::milliseconds(200); });
  Socket& socket = t.get();
  socket.receive_until("movie_id");
  t.gateway().gateway().stop();
  CHECK_FALSE(socket.receive_until_closed().ends_with("0\r\n\r\n"));
  CHECK(eventually([&] { return t.open() == 0; }));
}

TEST_CASE("nobody streams without a token") {
  Exporting t(counting(10));
  auto reply = t.gateway().client().get("/api/user/export/");
  CHECK(reply.status == 401);
  CHECK(t.turns() == 0);
}

}  // namespace
}  // namespace marquee::gateway
