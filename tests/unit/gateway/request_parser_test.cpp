#include "gateway/request_parser.h"

#include <algorithm>
#include <cstring>

#include "gateway/read_buffer.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using Progress = RequestParser::Progress;

const std::string kGet =
    "GET /api/movies?q=1 HTTP/1.1\r\nHost: example\r\nAuthorization: Bearer abc\r\n"
    "X-Forwarded-For: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8\r\nIF-NONE-MATCH:   \"t\"  \r\n"
    "Traceparent: tp\r\nEmpty:\r\nX-Request-Id: id-1\r\nsec-fetch-site: none\r\nCookie: c=d\r\n"
    "Origin: http://o\r\nReferer: http://r/\r\nAccept-Encoding: gzip\r\nContent-Type: a/b\r\n"
    "Access-Control-Request-Method: PUT\r\nExpect: 100-continue\r\n\r\n";

void check_get(const RequestHead& head) {
  CHECK(head.method == "GET");
  CHECK(head.target == "/api/movies?q=1");
  CHECK(head.host == "example");
  CHECK(head.authorization == "Bearer abc");
  CHECK(head.forwarded_for == "5.6.7.8");
  CHECK(head.if_none_match == "\"t\"");
  CHECK(head.traceparent == "tp");
  CHECK(head.request_id == "id-1");
  CHECK(head.sec_fetch_site == "none");
  CHECK(head.cookie == "c=d");
  CHECK(head.origin == "http://o");
  CHECK(head.referer == "http://r/");
  CHECK(head.accept_encoding == "gzip");
  CHECK(head.content_type == "a/b");
  CHECK(head.preflight_method == "PUT");
  CHECK(head.expect == "100-continue");
}

Refusal refusal_of(const std::string& bytes, std::size_t head_bytes_max = 4096) {
  RequestParser parser(head_bytes_max);
  auto progress = parser.parse_head(bytes);
  return progress == Progress::kRefused ? parser.refusal() : Refusal::kNone;
}

TEST_CASE("a head may ask for a WebSocket") {
  RequestParser parser(4096);
  REQUIRE(parser.parse_head("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n"
                            "Upgrade: websocket\r\nSec-WebSocket-Key: abc\r\n"
                            "Sec-WebSocket-Version: 13\r\n\r\n") == Progress::kDone);
  CHECK(parser.upgrade());
  CHECK(parser.head().upgrade == "websocket");
  CHECK(parser.head().websocket_key == "abc");
  CHECK(parser.head().websocket_version == "13");
  parser.reset();
  REQUIRE(parser.parse_head("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n") ==
          Progress::kDone);
  CHECK_FALSE(parser.upgrade());
}

TEST_CASE("a head is views into the bytes that came") {
  RequestParser parser(4096);
  const std::string bytes = kGet + "GET /next";
  REQUIRE(parser.parse_head(bytes) == Progress::kDone);
  check_get(parser.head());
  CHECK(parser.head_bytes() == kGet.size());
  CHECK(parser.head().target.data() == bytes.data() + 4);
  CHECK(parser.keep_alive());
  CHECK(parser.content_length() == 0);
  CHECK_FALSE(parser.chunked());
  parser.reset();
  CHECK(parser.parse_head("GET /next") == Progress::kNeedsMore);
  CHECK(parser.head().authorization.empty());
}

TEST_CASE("bytes may come in any pieces, and move in between") {
  for (std::size_t step : {1u, 2u, 3u, 7u, 50u}) {
    CAPTURE(step);
    RequestParser parser(4096);
    ReadBuffer buffer;
    auto progress = Progress::kNeedsMore;
    for (std::size_t at = 0; at < kGet.size(); at += step) {
      REQUIRE(progress == Progress::kNeedsMore);
      // A buffer of exactly what is needed moves with every piece.
      ReadBuffer tight;
      std::string_view old = buffer.unread();
      std::string_view piece = std::string_view(kGet).substr(at, step);
      tight.reserve(old.size() + piece.size(), [](const char*, const char*) {});
      std::copy(old.begin(), old.end(), tight.free_bytes());
      std::copy(piece.begin(), piece.end(), tight.free_bytes() + old.size());
      tight.commit(old.size() + piece.size());
      parser.moved(old.data(), tight.unread().data());
      buffer = std::move(tight);
      progress = parser.parse_head(buffer.unread());
    }
    REQUIRE(progress == Progress::kDone);
    check_get(parser.head());
  }
}

TEST_CASE("a read buffer keeps what is unread wherever it moves") {
  ReadBuffer buffer;
  int moves = 0;
  std::string expected;
  auto put = [&](std::string_view text) {
    buffer.reserve(text.size(), [&](const char* from, const char* to) {
      ++moves;
      CHECK(std::memcmp(from, to, expected.size()) == 0);
    });
    std::memcpy(buffer.free_bytes(), text.data(), text.size());
    buffer.commit(text.size());
    expected += text;
    CHECK(buffer.unread() == expected);
  };
  put(std::string(3000, 'a') + "bc");
  buffer.consume(3000);
  expected.erase(0, 3000);
  put(std::string(2000, 'd'));
  CHECK(moves == 1);
  CHECK(buffer.capacity() == ReadBuffer::kUsualBytes);
  put(std::string(9000, 'e'));
  CHECK(moves == 2);
  CHECK(buffer.capacity() > ReadBuffer::kUsualBytes);
  buffer.cut(1, 2001);
  expected.erase(1, 2001);
  CHECK(buffer.unread() == expected);
  buffer.consume(expected.size());
  CHECK(buffer.empty());
  buffer.settle();
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("what two servers could read differently is refused") {
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  CHECK(refusal_of("GET / HTTP/1.1\r\n\r\n") == Refusal::kHost);
  CHECK(refusal_of("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n") == Refusal::kHost);
  CHECK(refusal_of("GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n") == Refusal::kHost);
  CHECK(refusal_of("GET / HTTP/1.0\r\n\r\n") == Refusal::kNone);
  CHECK(refusal_of("GET / HTTP/2.0\r\nHost: x\r\n\r\n") == Refusal::kVersion);
  CHECK(refusal_of("GET / HTTP/1.1\nHost: x\r\n\r\n") == Refusal::kMalformed);
  CHECK(refusal_of(post + "Transfer-Encoding: gzip\r\n\r\n") == Refusal::kLength);
  CHECK(refusal_of(post + "Transfer-Encoding: gzip, chunked\r\n\r\n") == Refusal::kLength);
  CHECK(refusal_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == Refusal::kLength);
  CHECK(refusal_of(post + "Transfer-Encoding: \tchunked\t\r\n\r\n") == Refusal::kNone);
  for (const char* headers :
       {"Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: -1\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "Transfer-Encoding : chunked\r\n",
        "X-Folded: a\r\n b\r\n", "X-Folded:\r\n\tb\r\n", "X-Folded: \r\n \r\n",
        "X-Folded: a\r\n \r\n", "X: a\rb\r\n", "No colon\r\n"}) {
    CAPTURE(headers);
    CHECK(refusal_of(post + headers + "\r\n") == Refusal::kMalformed);
  }
}

TEST_CASE("a head is bounded as a whole, however its bytes come") {
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  const std::string whole = many + "\r\n";
  CHECK(refusal_of(whole, whole.size()) == Refusal::kNone);
  CHECK(refusal_of(whole, whole.size() - 1) == Refusal::kHeadTooLarge);
  RequestParser slow(500);
  auto progress = Progress::kNeedsMore;
  std::size_t at = 0;
  while (progress == Progress::kNeedsMore && at < whole.size()) {
    progress = slow.parse_head(std::string_view(whole).substr(0, ++at));
  }
  CHECK(progress == Progress::kRefused);
  CHECK(slow.refusal() == Refusal::kHeadTooLarge);
  CHECK(at <= 501);
}

TEST_CASE("chunks may come in any pieces, and no more of them than allowed") {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunks = "5\r\nhello\r\n6;a=b\r\n, you!\r\n0\r\nHost: trailer\r\n\r\nGET /";
  for (std::size_t step = 1; step <= chunks.size(); ++step) {
    CAPTURE(step);
    RequestParser parser(4096);
    REQUIRE(parser.parse_head(head) == Progress::kDone);
    std::string left;
    std::string body;
    auto progress = Progress::kNeedsMore;
    for (std::size_t at = 0; at < chunks.size() && progress == Progress::kNeedsMore; at += step) {
      left += chunks.substr(at, step);
      std::size_t taken = 0;
      progress = parser.parse_chunks(left, 100, taken, body);
      left.erase(0, taken);
    }
    CHECK(progress == Progress::kDone);
    CHECK(body == "hello, you!");
    CHECK(std::string("GET /").compare(0, left.size(), left) == 0);
    CHECK(parser.head().host == "x");
    CHECK(parser.keep_alive());
  }
  RequestParser parser(4096);
  REQUIRE(parser.parse_head(head) == Progress::kDone);
  std::size_t taken = 0;
  std::string body;
  CHECK(parser.parse_chunks(chunks, 10, taken, body) == Progress::kRefused);
  CHECK(parser.refusal() == Refusal::kBodyTooLarge);
}

}  // namespace
}  // namespace marquee::gateway
