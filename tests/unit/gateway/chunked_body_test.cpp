#include "gateway/chunked_body.h"

#include <string>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using Progress = ChunkedBody::Progress;

struct Outcome {
  Progress progress = Progress::kNeedsMore;
  std::string body;
  std::string left;
};

Outcome decode(std::string_view bytes, std::size_t step, std::size_t body_bytes_max = 100) {
  ChunkedBody decoder;
  Outcome outcome;
  std::size_t at = 0;
  while (at < bytes.size() && outcome.progress == Progress::kNeedsMore) {
    std::size_t taken = 0;
    std::string_view piece = bytes.substr(at, step);
    outcome.progress = decoder.decode(piece, body_bytes_max, taken, outcome.body);
    CHECK((taken == piece.size() || outcome.progress != Progress::kNeedsMore));
    at += taken;
  }
  outcome.left = bytes.substr(at);
  return outcome;
}

TEST_CASE("a chunked body ends where it says, in whatever pieces it comes") {
  const std::string bytes =
      "5\r\nhello\r\n006;a;b=c;d=\"e;\\\"\r \"\r\n, you!\r\n0;last\r\nHost: "
      "trailer\r\nX:\r\n\r\nGET /";
  std::string clean = bytes;
  clean.erase(clean.find('\r', clean.find("\\\"")), 1);
  for (std::size_t step = 1; step <= clean.size(); ++step) {
    CAPTURE(step);
    auto outcome = decode(clean, step);
    CHECK(outcome.progress == Progress::kDone);
    CHECK(outcome.body == "hello, you!");
    CHECK(outcome.left == "GET /");
    CHECK(decode(bytes, step).progress == Progress::kMalformed);
  }
}

TEST_CASE("chunks that two servers could read differently are refused") {
  using namespace std::string_literals;
  for (const std::string& bytes : {"\r\n"s,           " 1\r\n"s,
                                   "1 \r\n"s,         "1\n"s,
                                   "1\r\r\n"s,        "0x1\r\n"s,
                                   "+1\r\n"s,         "-1\r\n"s,
                                   "g\r\n"s,          "1000000000000000\r\n"s,
                                   "1;\r\n"s,         "1;\n"s,
                                   "1;a\n"s,          "1; a\r\n"s,
                                   "1;a =b\r\n"s,     "1;a=\r\n"s,
                                   "1;a=b c\r\n"s,    "1;a=\"b\n\""s,
                                   "1;a=\"b\"c\r\n"s, "1;a=\"\\\r\n\"\r\n"s,
                                   "1;a=\0\r\n"s,     "1\0\r\n"s,
                                   "1\r\nab"s,        "1\r\na\n"s,
                                   "1\r\na\r\r"s,     "1\r\na\r\n\r\n"s,
                                   "0\r\n a: b\r\n"s, "0\r\na\r\n"s,
                                   "0\r\n: b\r\n"s,   "0\r\na : b\r\n"s,
                                   "0\r\na: b\n"s,    "0\r\na: b\r\n c\r\n"s,
                                   "0\r\na: \0\r\n"s, "0\r\n\n"s,
                                   "0\r\n\r\r\n"s}) {
    CAPTURE(bytes);
    CHECK(decode(bytes, 1).progress == Progress::kMalformed);
    CHECK(decode(bytes, bytes.size()).progress == Progress::kMalformed);
  }
}

TEST_CASE("a chunked body is bounded, and so is what comes with it") {
  CHECK(decode("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 3, 10).progress == Progress::kDone);
  CHECK(decode("5\r\nhello\r\n6\r\n", 3, 10).progress == Progress::kTooLarge);
  CHECK(decode("fffffffffffffff\r\n", 3, 10).progress == Progress::kTooLarge);
  std::string extensions;
  for (int i = 0; i < 100; ++i) extensions += "1;" + std::string(90, 'a') + "\r\nb\r\n";
  CHECK(decode(extensions, 64).progress == Progress::kMalformed);
  CHECK(decode("0\r\na: " + std::string(9000, 'a') + "\r\n\r\n", 64).progress ==
        Progress::kMalformed);
  CHECK(decode(std::string(9000, '0') + "1\r\n", 64).progress == Progress::kMalformed);
}

}  // namespace
}  // namespace marquee::gateway
