#include "gateway/answer_batch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

// Each write is one record at the other end.
struct Pair {
  int ends[2] = {-1, -1};

  explicit Pair(int type) {
    REQUIRE(::socketpair(AF_UNIX, type, 0, ends) == 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  }
  ~Pair() {
    for (int end : ends) ::close(end);
  }
  std::string receive() {
    std::string bytes(1 << 20, '\0');
    ssize_t size = ::recv(ends[1], bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
};

void add(AnswerBatch& batch, unsigned status, std::string body, bool shared = false,
         std::string_view method = "GET") {
  Exchange x;
  x.head.method = method;
  x.answer.status = status;
  if (shared) {
    x.answer.shared_body = std::make_shared<const std::string>(std::move(body));
  } else {
    x.answer.body = std::move(body);
  }
  batch.add(x, true, false);
}

TEST_CASE("answers that are ready together leave in one write, in order") {
  Pair pair(SOCK_SEQPACKET);
  AnswerBatch batch;
  CHECK(batch.write_to(pair.ends[0]) == AnswerBatch::Written::kAll);
  add(batch, 200, "small");
  add(batch, 200, std::string(5'000, 'o'));
  add(batch, 404, std::string(6'000, 's'), true);
  add(batch, 200, std::string(7'000, 'h'), true, "HEAD");
  add(batch, 304, "never sent", true);
  add(batch, 200, "last");
  REQUIRE(batch.write_to(pair.ends[0]) == AnswerBatch::Written::kAll);
  CHECK(batch.empty());
  std::string bytes = pair.receive();
  CHECK(pair.receive().empty());
  std::size_t at = 0;
  for (const std::string& part :
       {std::string("HTTP/1.1 200 OK\r\n"), std::string("Content-Length: 5\r\n"),
        std::string("\r\n\r\nsmallHTTP/1.1 200 OK\r\n"),
        "\r\n\r\n" + std::string(5'000, 'o') + "HTTP/1.1 404 Not Found\r\n",
        "\r\n\r\n" + std::string(6'000, 's') + "HTTP/1.1 200 OK\r\n",
        std::string("Content-Length: 7000\r\n"),
        std::string("\r\n\r\nHTTP/1.1 304 Not Modified\r\n"),
        std::string("\r\n\r\nHTTP/1.1 200 OK\r\n"), std::string("\r\n\r\nlast")}) {
    CAPTURE(part.substr(0, 40));
    at = bytes.find(part, at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(bytes.find("never sent") == std::string::npos);
}

TEST_CASE("what a slow reader does not take stays, and goes on where it stopped") {
  Pair pair(SOCK_STREAM);
  int small = 4'096;
  ::setsockopt(pair.ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  AnswerBatch batch;
  std::string expected;
  for (char c = 'a'; c <= 'j'; ++c) {
    add(batch, 200, std::string(20'000, c), c % 2 == 0);
    expected += std::string(20'000, c);
  }
  CHECK(batch.full() == false);
  std::string received;
  int rounds = 0;
  for (; batch.write_to(pair.ends[0]) == AnswerBatch::Written::kSome; ++rounds) {
    CHECK_FALSE(batch.empty());
    received += pair.receive();
  }
  CHECK(rounds > 3);
  CHECK(batch.empty());
  for (std::string part = pair.receive(); !part.empty(); part = pair.receive()) received += part;
  std::string bodies;
  for (std::size_t at = received.find("\r\n\r\n"); at != std::string::npos;
       at = received.find("\r\n\r\n", at + 4)) {
    bodies += received.substr(at + 4, 20'000);
  }
  CHECK(bodies == expected);
}

TEST_CASE("a batch is full before it needs much memory, and notices who has gone") {
  AnswerBatch large;
  while (!large.full()) add(large, 200, std::string(50'000, 'x'));
  AnswerBatch many;
  int count = 0;
  for (; !many.full(); ++count) add(many, 200, std::string(3'000, 'x'), true);
  CHECK(count == 30);
  Pair pair(SOCK_STREAM);
  ::close(pair.ends[1]);
  CHECK(many.write_to(pair.ends[0]) == AnswerBatch::Written::kBroken);
  pair.ends[1] = ::dup(pair.ends[0]);
}

}  // namespace
}  // namespace marquee::gateway
