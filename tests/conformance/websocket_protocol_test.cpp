// The WebSocket protocol frame by frame, on a raw socket, against the echo server: what the case
// groups 1 to 7, 9 and 10 of the Autobahn suite are about, in short.
#include <memory>
#include <string>
#include <vector>

#include "libs/testing/paths.h"
#include "libs/testing/process.h"
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/unit/sockets/client_frame.h"

namespace marquee {
namespace {

using testing::client_close;
using testing::client_frame;

constexpr unsigned kText = 0x81;
constexpr unsigned kBinary = 0x82;
constexpr unsigned kClose = 0x88;
constexpr unsigned kPing = 0x89;
constexpr unsigned kPong = 0x8a;
constexpr unsigned kFirstText = 0x01;
constexpr unsigned kMiddle = 0x00;
constexpr unsigned kLast = 0x80;

class Server {
 public:
  Server() : port_(testing::free_port()) {
    process_ = std::make_unique<testing::Process>(std::vector<std::string>{
        testing::binary_dir() + "/bin/websocket_echo", "--port", std::to_string(port_)});
    REQUIRE(testing::eventually([&] { return testing::Socket::can_connect(port_); }));
  }
  int port() const { return port_; }

 private:
  int port_;
  std::unique_ptr<testing::Process> process_;
};

int port() {
  static Server server;
  return server.port();
}

// As the server sends it: not masked.
std::string server_frame(unsigned first, std::string_view payload) {
  return client_frame(first, payload, false);
}

// A connection behind its handshake.
struct Client {
  Client() : socket(port()) {
    socket.send(
        "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\n"
        "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n");
    const std::string answer = socket.receive_until("\r\n\r\n");
    REQUIRE(answer.find("HTTP/1.1 101 ") == 0);
    REQUIRE(answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  }

  // Sends in pieces of `step` bytes, then says good-bye; all that came back before the answer to
  // that, which must come.
  std::string exchange(const std::string& bytes, std::size_t step = 1 << 16) {
    const std::string whole = bytes + client_close(1000);
    for (std::size_t at = 0; at < whole.size(); at += step) socket.send(whole.substr(at, step));
    std::string all = socket.receive_until_closed();
    const std::string bye = server_frame(kClose, "\x03\xe8");
    REQUIRE(all.ends_with(bye));
    return all.substr(0, all.size() - bye.size());
  }

  // What comes back before the server closes with `code`; it must close the connection, too.
  std::string refused(const std::string& bytes, unsigned code) {
    socket.send(bytes);
    std::string all = socket.receive_until_closed();
    const auto at = all.find('\x88');
    REQUIRE(at != std::string::npos);
    REQUIRE(all.size() >= at + 4);
    CHECK(static_cast<unsigned char>(all[at + 2]) * 256u +
              static_cast<unsigned char>(all[at + 3]) ==
          code);
    return all.substr(0, at);
  }

  testing::Socket socket;
};

TEST_CASE("1: messages of every size, whole and in pieces") {
  for (std::size_t size : {0u, 125u, 126u, 127u, 128u, 65'535u, 65'536u}) {
    CAPTURE(size);
    const std::string text(size, '*');
    CHECK(Client().exchange(client_frame(kText, text)) == server_frame(kText, text));
    CHECK(Client().exchange(client_frame(kBinary, text), 997) == server_frame(kBinary, text));
  }
}

TEST_CASE("2: pings and pongs") {
  CHECK(Client().exchange(client_frame(kPing, "")) == server_frame(kPong, ""));
  const std::string bytes("\x00\xff\xfe\xfd", 4);
  CHECK(Client().exchange(client_frame(kPing, bytes)) == server_frame(kPong, bytes));
  const std::string longest(125, '\xfe');
  CHECK(Client().exchange(client_frame(kPing, longest), 1) == server_frame(kPong, longest));
  CHECK(Client().refused(client_frame(kPing, std::string(126, 'x')), 1002).empty());
  CHECK(Client().exchange(client_frame(kPong, "nobody asked") + client_frame(kPing, "p")) ==
        server_frame(kPong, "p"));
  std::string pings;
  std::string pongs;
  for (int i = 0; i < 10; ++i) {
    pings += client_frame(kPing, std::to_string(i));
    pongs += server_frame(kPong, std::to_string(i));
  }
  CHECK(Client().exchange(pings) == pongs);
}

TEST_CASE("3 and 4: reserved bits and opcodes") {
  for (unsigned bits : {0x10u, 0x20u, 0x30u, 0x40u, 0x50u, 0x60u, 0x70u}) {
    CHECK(Client().refused(client_frame(kText | bits, "x"), 1002).empty());
  }
  CHECK(Client().refused(client_frame(kPing | 0x40, "x"), 1002).empty());
  CHECK(Client().refused(client_frame(kClose | 0x20, ""), 1002).empty());
  for (unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
    Client client;
    // What was right before it is answered.
    CHECK(client.refused(client_frame(kText, "good") + client_frame(0x80 | opcode, "bad"), 1002) ==
          server_frame(kText, "good"));
  }
  CHECK(Client().refused(client_frame(kText, "not masked", false), 1002).empty());
}

TEST_CASE("5: fragments") {
  CHECK(Client().refused(client_frame(0x09, "p") + client_frame(kLast, "q"), 1002).empty());
  CHECK(Client().refused(client_frame(0x0a, "p") + client_frame(kLast, "q"), 1002).empty());
  const std::string parts = client_frame(kFirstText, "frag1") + client_frame(kMiddle, "frag2") +
                            client_frame(kPing, "ping") + client_frame(kMiddle, "") +
                            client_frame(kLast, "frag3");
  for (std::size_t step : {1u, 5u, 65'536u}) {
    CHECK(Client().exchange(parts, step) ==
          server_frame(kPong, "ping") + server_frame(kText, "frag1frag2frag3"));
  }
  CHECK(Client().refused(client_frame(kLast, "x"), 1002).empty());
  CHECK(Client().refused(client_frame(kMiddle, "x"), 1002).empty());
  CHECK(Client().refused(client_frame(kFirstText, "x") + client_frame(kText, "y"), 1002).empty());
  CHECK(Client().refused(parts + client_frame(kLast, "x"), 1002) ==
        server_frame(kPong, "ping") + server_frame(kText, "frag1frag2frag3"));
}

TEST_CASE("6: text is UTF-8") {
  for (const char* good : {"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4", "\xf0\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd",
                           "\xef\xbf\xbf", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80"}) {
    CAPTURE(good);
    const std::string text(good);
    CHECK(Client().exchange(client_frame(kText, text), 1) == server_frame(kText, text));
    std::string pieces = client_frame(kFirstText, "");
    for (char c : text) pieces += client_frame(kMiddle, {&c, 1});
    CHECK(Client().exchange(pieces + client_frame(kLast, "")) == server_frame(kText, text));
  }
  for (const char* bad :
       {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
        "edited",
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xce",
        "\xe1\xbd", "\xf0\x9f\x98"}) {
    CAPTURE(bad);
    CHECK(Client().refused(client_frame(kText, bad), 1007).empty());
    CHECK(
        Client().refused(client_frame(kFirstText, "ok") + client_frame(kLast, bad), 1007).empty());
  }
  // Before the message is whole.
  CHECK(Client().refused(client_frame(kFirstText, "\xf4\x90"), 1007).empty());
}

TEST_CASE("7: closing") {
  SECTION("what comes behind a close is not answered") {
    Client client;
    client.socket.send(client_close(1000) + client_frame(kText, "x") + client_frame(kPing, "x"));
    CHECK(client.socket.receive_until_closed() == server_frame(kClose, "\x03\xe8"));
  }
  SECTION("a message that was begun") {
    CHECK(Client().exchange(client_frame(kFirstText, "begun")).empty());
  }
  SECTION("an empty close") {
    Client client;
    client.socket.send(client_frame(kClose, ""));
    CHECK(client.socket.receive_until_closed() == server_frame(kClose, ""));
  }
  SECTION("reasons") {
    Client client;
    client.socket.send(client_close(1000, std::string(123, '*')));
    CHECK(client.socket.receive_until_closed().substr(2, 2) == "\x03\xe8");
    CHECK(Client().refused(client_close(1000, std::string(124, '*')), 1002).empty());
    CHECK(Client().refused(client_frame(kClose, "\x03"), 1002).empty());
    CHECK(Client().refused(client_close(1000, "\xce\xba\xed\xa0\x80"), 1007).empty());
  }
  SECTION("codes") {
    for (unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 3000u,
                          3999u, 4000u, 4999u}) {
      CHECK(Client().refused(client_close(code), code).empty());
    }
    for (unsigned code :
         {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65'535u}) {
      CHECK(Client().refused(client_close(code), 1002).empty());
    }
  }
}

TEST_CASE("9 and 10: large messages, in few and in many pieces") {
  constexpr std::size_t kSize = 4 * 1024 * 1024;
  const std::string text(kSize, '*');
  CHECK(Client().exchange(client_frame(kText, text)) == server_frame(kText, text));
  for (std::size_t part : {std::size_t{64}, std::size_t{4096}, kSize}) {
    CAPTURE(part);
    const std::size_t size = std::min(kSize, part * 60'000);
    std::string frames;
    for (std::size_t at = 0; at < size; at += part) {
      const unsigned first = (at == 0 ? 0x02u : 0u) | (at + part >= size ? 0x80u : 0u);
      frames += client_frame(first, std::string_view(text).substr(at, std::min(part, size - at)));
    }
    CHECK(Client().exchange(frames) == server_frame(kBinary, text.substr(0, size)));
  }
}

TEST_CASE("limits: bytes and fragments") {
  std::string header("\x82\xff\x00\x00\x00\x00\x01\x00\x00\x01zzzz", 14);  // 16 MiB and one
  CHECK(Client().refused(header, 1009).empty());
  std::string frames = client_frame(0x02, "");
  for (int i = 0; i < 65'536; ++i) frames += client_frame(kMiddle, "");
  CHECK(Client().refused(frames, 1008).empty());
}

TEST_CASE("handshakes that are none") {
  for (const char* head :
       {"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n"}) {
    testing::Socket socket(port());
    socket.send(head);
    CHECK(socket.receive_until("expected").find("HTTP/1.1 400 ") == 0);
  }
}

}  // namespace
}  // namespace marquee
