#include "libs/websocket/message_reader.h"

#include <vector>

#include "tests/catch.h"
#include "tests/unit/sockets/client_frame.h"

namespace marquee::websocket {
namespace {

using testing::client_close;
using testing::client_frame;
using Event = MessageReader::Event;

// What came of the bytes, in words, when they come `step` at a time.
std::vector<std::string> read(const std::string& bytes, std::size_t step,
                              const MessageReader::Limits& limits = {}) {
  MessageReader reader(limits);
  std::vector<std::string> seen;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string piece = bytes.substr(at, step);
    char* p = piece.data();
    char* const end = p + piece.size();
    for (Event event; (event = reader.next(p, end)) != Event::kNeedsMore;) {
      const std::string data(reader.data());
      const auto code = std::to_string(static_cast<int>(reader.code()));
      if (event == Event::kMessage) seen.push_back((reader.is_binary() ? "b:" : "t:") + data);
      if (event == Event::kPing) seen.push_back("ping:" + data);
      if (event == Event::kPong) seen.push_back("pong:" + data);
      if (event == Event::kClose) seen.push_back("close:" + code + data);
      if (event == Event::kFault) seen.push_back("fault:" + code);
    }
    CHECK(p == end);
  }
  return seen;
}

using Seen = std::vector<std::string>;

void check(const std::string& bytes, const Seen& expected,
           const MessageReader::Limits& limits = {}) {
  for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()}) {
    CAPTURE(step);
    CHECK(read(bytes, step, limits) == expected);
  }
}

TEST_CASE("websocket: messages of every length of header") {
  for (std::size_t size : {0u, 1u, 125u, 126u, 127u, 65'535u, 65'536u, 70'001u}) {
    const std::string text(size, 'x');
    check(client_frame(0x81, text) + client_frame(0x82, text), {"t:" + text, "b:" + text});
  }
}

TEST_CASE("websocket: fragments with control frames between them") {
  check(client_frame(0x01, "Hel") + client_frame(0x89, "p") + client_frame(0x00, "") +
            client_frame(0x8a, "q") + client_frame(0x80, "lo") + client_frame(0x81, "next"),
        {"ping:p", "pong:q", "t:Hello", "t:next"});
  check(client_frame(0x02, "\xff") + client_frame(0x80, "\xfe"), {"b:\xff\xfe"});
  check(client_frame(0x01, "") + client_frame(0x00, "") + client_frame(0x80, ""), {"t:"});
}

TEST_CASE("websocket: what breaks the protocol") {
  check(client_frame(0x81, "x", false), {"fault:1002"});
  for (unsigned bits : {0x40u, 0x20u, 0x10u, 0x70u}) {
    check(client_frame(0x81 | bits, "x"), {"fault:1002"});
    check(client_frame(0x89 | bits, ""), {"fault:1002"});
  }
  for (unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
    check(client_frame(0x80 | opcode, "x"), {"fault:1002"});
  }
  check(client_frame(0x80, "x"), {"fault:1002"});
  check(client_frame(0x00, "x"), {"fault:1002"});
  check(client_frame(0x01, "x") + client_frame(0x81, "y"), {"fault:1002"});
  check(client_frame(0x01, "x") + client_frame(0x02, "y"), {"fault:1002"});
  check(client_frame(0x09, "x"), {"fault:1002"});
  check(client_frame(0x08, ""), {"fault:1002"});
  check(client_frame(0x89, std::string(126, 'x')), {"fault:1002"});
  check(client_frame(0x88, std::string(126, 'x')), {"fault:1002"});
  check(client_frame(0x89, std::string(125, 'x')), {"ping:" + std::string(125, 'x')});
  // Nothing is read behind it.
  check(client_frame(0x83, "") + client_frame(0x81, "x"), {"fault:1002"});
}

TEST_CASE("websocket: text is UTF-8") {
  const std::string good = "\xce\xba\xe1\xbd\xb9\xf0\x9f\x8e\xac\xed\x9f\xbf\xee\x80\x80";
  check(client_frame(0x81, good), {"t:" + good});
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    check(client_frame(0x01, good.substr(0, cut)) + client_frame(0x80, good.substr(cut)),
          {"t:" + good});
  }
  for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xed\xbf\xbf", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80",
                          "\xff", "ok\xce", "\xe1\xbd", "\xf0\x9f\x8e", "\xce\x28"}) {
    CAPTURE(bad);
    check(client_frame(0x81, bad), {"fault:1007"});
    check(client_frame(0x82, bad), {std::string("b:") + bad});
  }
  // As soon as it cannot be right any more.
  check(client_frame(0x01, "\xf4\x90"), {"fault:1007"});
}

TEST_CASE("websocket: close frames") {
  check(client_frame(0x88, ""), {"close:1005"});
  check(client_close(1000, "bye"), {"close:1000bye"});
  check(client_frame(0x88, "\x03"), {"fault:1002"});
  check(client_close(1000, "\xff"), {"fault:1007"});
  for (unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u,
                        3000u, 3999u, 4000u, 4999u}) {
    check(client_close(code), {"close:" + std::to_string(code)});
  }
  for (unsigned code :
       {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65'535u}) {
    check(client_close(code), {"fault:1002"});
  }
}

TEST_CASE("websocket: messages are bounded") {
  const MessageReader::Limits limits{10, 3};
  check(client_frame(0x81, "0123456789"), {"t:0123456789"}, limits);
  check(client_frame(0x81, "0123456789a"), {"fault:1009"}, limits);
  check(client_frame(0x01, "012345") + client_frame(0x80, "6789a"), {"fault:1009"}, limits);
  const std::string empty = client_frame(0x00, "");
  check(client_frame(0x01, "") + empty + client_frame(0x80, "x"), {"t:x"}, limits);
  check(client_frame(0x01, "") + empty + empty + client_frame(0x80, "x"), {"fault:1008"}, limits);
  // A length that is a lie costs nothing.
  const std::string header("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14);
  check(header, {"fault:1009"}, limits);
}

TEST_CASE("websocket: frames of ours") {
  CHECK(Frame::text({"a", "", "bc"})->wire() ==
        "\x81\x03"
        "abc");
  CHECK(Frame::text({"a", "bc"})->payload() == "abc");
  CHECK(Frame::binary(std::string(126, 'x'))->wire().substr(0, 5) ==
        std::string("\x82\x7e\x00\x7ex", 5));
  CHECK(Frame::binary(std::string(65'536, 'x'))->wire().substr(0, 11) ==
        std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00x", 11));
  CHECK(Frame::close(CloseCode::kSlow, "slow")->wire() == "\x88\x06\x11\x38slow");
  CHECK(Frame::close(CloseCode::kNoCode, "x")->wire() == std::string("\x88\x00", 2));
  CHECK(Frame::close(CloseCode::kNormal, std::string(200, 'x'))->payload().size() == 125);
}

}  // namespace
}  // namespace marquee::websocket
