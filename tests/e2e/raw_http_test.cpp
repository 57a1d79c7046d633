// Bytes that no HTTP library would send.
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/e2e/answers.h"
#include "tests/e2e/suite.h"

using namespace marquee::e2e;
using marquee::testing::Socket;

namespace {

const std::string kHost = "Host: localhost\r\n";
const std::string kLogin = R"({"email":"a","password":"b"})";

Socket connect() {
  return Socket(Suite::shared().port());
}

std::string get(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\n" + kHost + headers + "\r\n";
}

std::string post(const std::string& path, const std::string& headers, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\n" + kHost + "Content-Type: application/json\r\n" + headers +
         "\r\n" + body;
}

std::string login(const std::string& body = kLogin) {
  return post("/api/auth/login", "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

// Takes the first answer off `bytes`; status 0 when there is no whole one.
HttpReply take_reply(std::string& bytes) {
  HttpReply reply;
  auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || bytes.rfind("HTTP/1.1 ", 0) != 0) return reply;
  std::istringstream head(bytes.substr(0, end + 2));
  std::string line;
  std::getline(head, line);
  int status = std::atoi(line.c_str() + 9);
  while (std::getline(head, line) && line.size() > 1) {
    auto colon = line.find(": ");
    if (colon == std::string::npos) return reply;
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    reply.headers.emplace_back(name, line.substr(colon + 2, line.size() - colon - 3));
  }
  auto length = static_cast<std::size_t>(std::atoi(reply.header("content-length").c_str()));
  if (bytes.size() < end + 4 + length) return reply;
  reply.body = bytes.substr(end + 4, length);
  reply.status = status;
  bytes.erase(0, end + 4 + length);
  return reply;
}

// What comes for `bytes` until the gateway closes.
std::vector<HttpReply> exchange(const std::string& bytes) {
  auto socket = connect();
  socket.send(bytes);
  std::string received = socket.receive_until_closed();
  std::vector<HttpReply> replies;
  while (!received.empty()) {
    replies.push_back(take_reply(received));
    if (replies.back().status == 0) break;
  }
  return replies;
}

// "" when `bytes`, and what follows them on the connection, get one refusal and a close.
std::string refusal_faults(const std::string& bytes, int status) {
  auto socket = connect();
  socket.send(bytes);
  socket.send(get("/health"));
  std::string received = socket.receive_until_closed();
  HttpReply reply = take_reply(received);
  if (!received.empty()) return "a second answer: " + received;
  if (reply.header("connection") != "close") return "no Connection: close: " + reply.body;
  return error_faults(reply, status);
}

}  // namespace

TEST_CASE("Requests in a row on one connection are answered in their order") {
  auto replies = exchange(get("/health") + login() + get("/nothing") + get("/api/movies/popular") +
                          "HEAD /health HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n");
  REQUIRE(replies.size() >= 5);
  const int statuses[] = {200, 401, 404, 200};
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(replies[i].status == statuses[i]);
    CHECK(replies[i].header("connection") != "close");
  }
  CHECK(replies[0].json()["status"] == "healthy");
  CHECK(replies[3].json().contains("data"));
}

TEST_CASE("Bytes may come one by one") {
  auto socket = connect();
  for (char c : login()) socket.send(std::string_view(&c, 1));
  std::string received = socket.receive_until("}");
  CHECK(take_reply(received).status == 401);
}

TEST_CASE("A connection lasts as long as its client wants") {
  auto closes = exchange(get("/health", "Connection: close\r\n") + get("/health"));
  REQUIRE(closes.size() == 1);
  CHECK(closes[0].header("connection") == "close");
  auto old = exchange("GET /health HTTP/1.0\r\n\r\n");
  REQUIRE(old.size() == 1);
  CHECK(old[0].status == 200);
  auto kept = exchange("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" +
                       get("/health", "Connection: close\r\n"));
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].header("connection") == "keep-alive");
}

TEST_CASE("A body may come in chunks") {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const std::string& body :
       {std::string("1c\r\n") + kLogin + "\r\n0\r\n\r\n",
        std::string("1\r\n{\r\n1B;ext=1\r\n") + kLogin.substr(1) + "\r\n0\r\nTrailer: x\r\n\r\n"}) {
    auto replies = exchange(post("/api/auth/login", chunked + "Connection: close\r\n", body));
    REQUIRE(replies.size() == 1);
    CHECK(error_faults(replies[0], 401, "Invalid email or password") == "");
  }
  for (const auto* body :
       {"zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n", "2\r\n{}x\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\n{}\r\n", "\r\n{}\r\n0\r\n\r\n"}) {
    CAPTURE(body);
    auto replies = exchange(post("/api/auth/login", chunked, body));
    REQUIRE(replies.size() == 1);
    CHECK(error_faults(replies[0], 400) == "");
  }
  const std::string large = "200000\r\n" + std::string(0x200000, ' ') + "\r\n0\r\n\r\n";
  auto replies = exchange(post("/api/auth/login", chunked, large));
  REQUIRE(replies.size() == 1);
  CHECK(error_faults(replies[0], 413) == "");
}

TEST_CASE("A request whose length two servers could read differently is refused") {
  for (const auto* headers :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n", "Content-Length: \r\n", "Content-Length: five\r\n",
        "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        "Transfer-Encoding : chunked\r\n", "Content-Length : 5\r\n"}) {
    CAPTURE(headers);
    CHECK(refusal_faults(post("/api/auth/login", headers, "0\r\n\r\n"), 400) == "");
  }
  CHECK(refusal_faults(
            "POST /api/auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400) ==
        "");
}

TEST_CASE("What is no HTTP is refused, and the connection with it") {
  struct Case {
    std::string bytes;
    int status;
  };
  for (const auto& [bytes, status] : std::vector<Case>{
           {"GET /health HTTP/1.1\r\n\r\n", 400},
           {"GET /health HTTP/1.1\r\n" + kHost + kHost + "\r\n", 400},
           {"\x16\x03\x01\x02\r\n\r\n", 400},
           {"GET\r\n\r\n", 400},
           {"GET /health\r\n\r\n", 400},
           {"GET  /health HTTP/1.1\r\n" + kHost + "\r\n", 400},
           {"GET /he alth HTTP/1.1\r\n" + kHost + "\r\n", 505},
           {"GET /health HTTP/1.1 \r\n" + kHost + "\r\n", 505},
           {"G@T /health HTTP/1.1\r\n" + kHost + "\r\n", 400},
           {"GET /health XTTP/1.1\r\n" + kHost + "\r\n", 505},
           {get("/health", "Broken\r\n"), 400},
           {get("/health", ": empty\r\n"), 400},
           {get("/health", "Sp ace: x\r\n"), 400},
           {get("/health", std::string("X-Nul: a\0b\r\n", 13)), 400},
           {get("/health", "X-Return: a\rb\r\n"), 400},
           {"GET /health HTTP/2.0\r\n" + kHost + "\r\n", 505},
           {"GET /health HTTP/3.1\r\n" + kHost + "\r\n", 505},
           {get("/health", "X-Long: " + std::string(20'000, 'x') + "\r\n"), 431},
           {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n" + kHost + "\r\n", 431}}) {
    CAPTURE(bytes.substr(0, 80));
    CHECK(refusal_faults(bytes, status) == "");
  }
  std::string many;
  for (int i = 0; i < 4'000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(refusal_faults(get("/health", many), 431) == "");
}

TEST_CASE("Targets come in four forms") {
  struct Case {
    std::string line;
    int status;
  };
  for (const auto& [line, status] :
       std::vector<Case>{{"GET http://localhost/health", 200},
                         {"GET HTTP://other.example:1/health?x=1", 200},
                         {"GET http://localhost", 200},
                         {"OPTIONS *", 204},
                         {"GET *", 400},
                         {"GET health", 400},
                         {"GET http://user@localhost/health", 400},
                         {"CONNECT localhost:80", 400},
                         {"GET /health#part", 400},
                         {"TRACE /health", 405},
                         {"BREW /health", 405},
                         {"get /health", 405}}) {
    CAPTURE(line);
    auto replies = exchange(line + " HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n");
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].status == status);
    if (status >= 400) CHECK(error_faults(replies[0], status) == "");
  }
}

TEST_CASE("Who expects to be asked for the body is asked, or told at once") {
  const std::string length = "Content-Length: " + std::to_string(kLogin.size()) + "\r\n";
  auto socket = connect();
  socket.send(post("/api/auth/login", length + "Expect: 100-continue\r\n", ""));
  CHECK(socket.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send(kLogin);
  std::string received = socket.receive_until("}");
  CHECK(take_reply(received).status == 401);

  auto large =
      exchange(post("/api/auth/login", "Content-Length: 9000000\r\nExpect: 100-continue\r\n", ""));
  REQUIRE(large.size() == 1);
  CHECK(error_faults(large[0], 413) == "");
  auto unknown = exchange(post("/api/auth/login", length + "Expect: a miracle\r\n", kLogin));
  REQUIRE(unknown.size() == 1);
  CHECK(error_faults(unknown[0], 417) == "");
}

TEST_CASE("Who goes away in the middle of a request leaves no trace") {
  for (const auto* bytes : {"", "G", "GET /health HTTP/1.1\r\nHo"}) connect().send(bytes);
  connect().send(post("/api/auth/login", "Content-Length: 500\r\n", "{"));
  connect().send(get("/api/movies"));
  auto replies = exchange(get("/health", "Connection: close\r\n"));
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].status == 200);
}

TEST_CASE("A header cannot bring a second one into the answer") {
  auto replies = exchange(get("/nothing",
                              "X-Request-Id: a%0d%0aX-Evil: 1\r\n"
                              "Origin: http://localhost:3000%0d%0aX-Evil:1\r\n"
                              "Connection: close\r\n"));
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].header("x-evil").empty());
  CHECK(replies[0].header("access-control-allow-origin").empty());
}
