// Requests that come together, in pieces, or faster than their answers are taken.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "marquee/movie/v1/catalog.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using testing::Socket;

const std::string kStatus = "marquee.auth.v1.AuthStatus/GetStatus";
const std::string kLogin = "marquee.auth.v1.Sessions/Login";
const std::string kHealth = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kLast = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// A socket that says in how many segments its answers came.
struct CountingSocket {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);

  explicit CountingSocket(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~CountingSocket() { ::close(fd); }
  void send(const std::string& bytes) {
    REQUIRE(::send(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  std::string receive(int answers) {
    std::string all;
    std::string part(1 << 16, '\0');
    while (count(all, "HTTP/1.1 ") < answers) {
      ssize_t size = ::recv(fd, part.data(), part.size(), 0);
      if (size <= 0) break;
      all.append(part, 0, static_cast<std::size_t>(size));
    }
    return all;
  }
  unsigned segments() const {
    tcp_info info{};
    socklen_t size = sizeof(info);
    REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_segs_in;
  }
};

TEST_CASE("requests in one packet are answered in one write") {
  TestGateway t;
  CountingSocket socket(t.port());
  socket.send(kHealth);
  socket.receive(1);
  const unsigned before = socket.segments();
  std::string twenty;
  for (int i = 0; i < 20; ++i)
    twenty += i % 2 == 0 ? kHealth : "GET /none HTTP/1.1\r\nHost: x\r\n\r\n";
  socket.send(twenty);
  std::string answers = socket.receive(20);
  CHECK(count(answers, "HTTP/1.1 200") == 10);
  CHECK(count(answers, "HTTP/1.1 404") == 10);
  CHECK(answers.find("HTTP/1.1 200") < answers.find("HTTP/1.1 404"));
  // The answers, and at most an acknowledgement before them.
  CHECK(socket.segments() - before <= 2);
}

TEST_CASE("what waits for a service holds back neither what was before it nor the order") {
  TestGateway t;
  t.service().reply(kStatus, auth::v1::StatusReply());
  t.service().hold(kStatus);
  Socket socket(t.port());
  socket.send(kHealth + kHealth + "GET /api/auth/status HTTP/1.1\r\nHost: x\r\n\r\n" + kHealth +
              kLast);
  std::string before = socket.receive_until("}HTTP/1.1 200");
  CHECK(testing::eventually([&] { return t.service().calls(kStatus) == 1; }));
  t.service().release();
  std::string all = before + socket.receive_until_closed();
  CHECK(count(all, "HTTP/1.1 200") == 5);
  CHECK(count(all, "\"alive\"") == 3);
  CHECK(all.find("\"healthy\"") > all.rfind("\"alive\""));
}

TEST_CASE("requests may be cut anywhere") {
  TestGateway t([](Config& config) { config.rates = {"auth=off"}; });
  std::string email;
  t.service().on(kLogin, [&](const FakeCall& call) {
    email = call.as<auth::v1::LoginRequest>().email();
    return std::make_unique<auth::v1::LoginReply>();
  });
  const std::string bytes =
      kHealth +
      "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"email\":\"a@b\"}" +
      kHealth +
      "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "7\r\n{\"email\r\n8\r\n\":\"a@b\"}\r\n0\r\n\r\n" +
      kLast;
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    CAPTURE(cut);
    email.clear();
    Socket socket(t.port());
    socket.send(std::string_view(bytes).substr(0, cut));
    socket.send(std::string_view(bytes).substr(cut));
    std::string all = socket.receive_until_closed();
    REQUIRE(count(all, "HTTP/1.1 200") == 5);
    REQUIRE(count(all, "HTTP/1.1 ") == 5);
    REQUIRE(email == "a@b");
  }
  Socket socket(t.port());
  for (char c : bytes) socket.send(std::string_view(&c, 1));
  CHECK(count(socket.receive_until_closed(), "HTTP/1.1 200") == 5);
}

TEST_CASE("a head that outgrows the buffer is read as it was sent") {
  TestGateway t;
  std::string token = t.token(7);
  std::string authorization;
  t.service().on("marquee.auth.v1.Accounts/ListUsers", [&](const FakeCall& call) {
    authorization = call.metadata.at("marquee-caller");
    return std::make_unique<auth::v1::ListUsersReply>();
  });
  const std::string filler = "X-Filler: " + std::string(5'000, 'f') + "\r\n";
  Socket socket(t.port());
  socket.send(kHealth + "GET /api/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
              "\r\nX-Request-Id: mine\r\n" + filler.substr(0, 100));
  std::string first = socket.receive_until("\"alive\"");
  socket.send(filler.substr(100) + filler + "Connection: close\r\n\r\n");
  std::string all = socket.receive_until_closed();
  CHECK(count(all, "HTTP/1.1 200") == 1);
  CHECK(count(all, "X-Request-Id: mine\r\n") == 1);
  CHECK(authorization.find("7 user") == 0);
}

TEST_CASE("one connection is used by one caller after the other") {
  TestGateway t;
  t.service().on("marquee.auth.v1.Accounts/ListUsers", [](const FakeCall& call) {
    auto reply = std::make_unique<auth::v1::ListUsersReply>();
    reply->add_users()->set_username(call.metadata.at("marquee-caller"));
    return reply;
  });
  auto ask = [&](const std::string& token) {
    return "GET /api/users HTTP/1.1\r\nHost: x\r\n" +
           (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n";
  };
  Socket socket(t.port());
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    bytes += ask(t.token(7, "s7")) + ask("") + ask(t.token(8, "s8")) + ask("nonsense");
  }
  socket.send(bytes + kLast);
  std::string all = socket.receive_until_closed();
  CHECK(count(all, "7 user s7") == 3);
  CHECK(count(all, "8 user s8") == 3);
  CHECK(count(all, "HTTP/1.1 401") == 6);
}

TEST_CASE("a session that was ended is refused by every core at once") {
  TestGateway t;
  t.service().reply("marquee.auth.v1.Accounts/ListUsers", auth::v1::ListUsersReply());
  t.service().reply("marquee.auth.v1.Sessions/LogoutCookie", auth::v1::DetailReply());
  const std::string token = t.token(7, "ending");
  // Connections are spread over the cores by the kernel; all of them get to know the token.
  std::vector<testing::HttpClient> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(t.client());
    clients.back().bearer(token);
    REQUIRE(clients.back().get("/api/users").status == 200);
    REQUIRE(clients.back().get("/api/users").status == 200);
  }
  auto out = t.client();
  out.bearer(token);
  REQUIRE(out.request("POST", "/api/user/logout/").status < 300);
  for (auto& client : clients) CHECK(client.get("/api/users").status == 401);
}

TEST_CASE("a change is seen by every core once it is answered") {
  TestGateway t;
  std::atomic<int> version{1};
  t.service().on("marquee.movie.v1.MovieCatalog/GetMovie", [&](const FakeCall&) {
    auto movie = std::make_unique<movie::v1::Movie>();
    movie->set_id(1);
    movie->set_title("v" + std::to_string(version));
    return movie;
  });
  t.service().on("marquee.movie.v1.MovieCatalog/UpdateMovie", [&](const FakeCall&) {
    ++version;
    return std::make_unique<movie::v1::MovieMessage>();
  });
  std::vector<testing::HttpClient> clients;
  for (int i = 0; i < 16; ++i) clients.push_back(t.client());
  auto writer = t.client();
  writer.bearer(t.token(7));
  for (int round = 0; round < 5; ++round) {
    const std::string title = "v" + std::to_string(version);
    for (int i = 0; i < 3; ++i) {
      for (auto& client : clients) REQUIRE(client.get("/api/movies/1").json()["title"] == title);
    }
    REQUIRE(writer.put("/api/movies/1", {{"title", "x"}}).status == 200);
  }
}

TEST_CASE("a front answers exactly as the cache behind it") {
  TestGateway t;
  t.service().on("marquee.movie.v1.MovieCatalog/GetMovie", [](const FakeCall& call) {
    auto movie = std::make_unique<movie::v1::Movie>();
    movie->set_id(call.as<movie::v1::GetMovieRequest>().id());
    movie->set_title(std::string(3'000, 'T'));
    return movie;
  });
  const std::string path = "/api/movies/1";
  auto strip = [](testing::HttpReply reply) {
    std::erase_if(reply.headers, [](const auto& header) {
      return header.first == "x-request-id" || header.first == "date" ||
             header.first == "ratelimit-remaining" || header.first == "ratelimit-reset";
    });
    std::sort(reply.headers.begin(), reply.headers.end());
    return std::make_tuple(reply.status, reply.headers, reply.body);
  };
  auto http = t.client();
  const std::string tag = http.get(path).header("etag");
  const std::string other = "\"other\"";
  for (const auto& headers : std::vector<std::map<std::string, std::string>>{
           {},
           {{"Accept-Encoding", "gzip"}},
           {{"If-None-Match", tag}},
           {{"If-None-Match", other}},
           {{"If-None-Match", tag}, {"Accept-Encoding", "gzip"}},
           {{"Origin", "http://localhost:3000"}},
           {{"Origin", "http://evil.example"}}}) {
    for (const char* method : {"GET", "HEAD"}) {
      CAPTURE(method, headers.empty() ? "" : headers.begin()->second);
      // A cookie of no concern keeps a request away from the front where callers may matter, a
      // query that means nothing gives it another target: both come from the cache itself.
      auto behind =
          strip(http.request(method, path + "?" + std::to_string(std::rand()), "", headers));
      for (int i = 0; i < 3; ++i) CHECK(strip(http.request(method, path, "", headers)) == behind);
    }
  }
  CHECK(http.request("POST", path, "{}").status == 405);
  CHECK(t.service().calls("marquee.movie.v1.MovieCatalog/GetMovie") == 1);
}

}  // namespace
}  // namespace marquee::gateway
