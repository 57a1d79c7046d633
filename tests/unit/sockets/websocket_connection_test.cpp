#include <boost/asio/io_context.hpp>

#include "libs/websocket/connection.h"
#include "tests/catch.h"
#include "tests/unit/sockets/client_frame.h"

namespace marquee::websocket {
namespace {

using testing::client_close;
using testing::client_frame;

// The peer's side of a stream: what it says, and how much it takes.
struct Wire {
  std::string incoming;
  std::string outgoing;
  std::size_t takes = SIZE_MAX;  // in all
  int writes = 0;
  bool ended = false;  // by the peer
  bool write_ended = false;
  bool closed = false;
  std::shared_ptr<StreamWaiter> reader;
  std::shared_ptr<StreamWaiter> writer;
};

struct FakeStream final : Stream {
  explicit FakeStream(Wire& its_wire) : wire(its_wire) {}
  std::ptrdiff_t read_some(char* into, std::size_t room) override {
    if (wire.incoming.empty()) return wire.ended ? -1 : 0;
    const std::size_t size = wire.incoming.copy(into, room);
    wire.incoming.erase(0, size);
    return static_cast<std::ptrdiff_t>(size);
  }
  std::ptrdiff_t write_some(const iovec* parts, int count) override {
    ++wire.writes;
    std::size_t total = 0;
    for (int i = 0; i < count; ++i) {
      const std::size_t size = std::min(parts[i].iov_len, wire.takes);
      wire.outgoing.append(static_cast<const char*>(parts[i].iov_base), size);
      wire.takes -= size;
      total += size;
    }
    return static_cast<std::ptrdiff_t>(total);
  }
  void when_readable(std::shared_ptr<StreamWaiter> waiter) override { wire.reader = waiter; }
  void when_writable(std::shared_ptr<StreamWaiter> waiter) override { wire.writer = waiter; }
  void end_writing() override { wire.write_ended = true; }
  void close() override {
    wire.closed = true;
    wire.reader = wire.writer = nullptr;
  }
  Wire& wire;
};

struct Fixture final : Connection::Listener {
  Fixture() {
    limits.queue = {1000, 5000};
    connection =
        std::make_shared<Connection>(loop, std::make_unique<FakeStream>(wire), limits, *this);
  }
  ~Fixture() {
    connection->close(CloseCode::kNormal, {});
    connection = nullptr;
    wire.reader = wire.writer = nullptr;
  }

  void on_message(std::string_view data, bool binary) override {
    messages.emplace_back((binary ? "b:" : "t:") + std::string(data));
    if (echoes) connection->send(Frame::text({data}));
  }
  void on_closed(CloseCode code) override {
    CHECK_FALSE(closed);
    closed = static_cast<int>(code);
  }

  // One turn of the loop, in which the peer's bytes come.
  void hear(std::string_view bytes) {
    wire.incoming += bytes;
    if (auto waiter = std::exchange(wire.reader, nullptr)) waiter->on_readable();
    turn();
  }
  void take(std::size_t bytes) {
    wire.takes = bytes;
    if (auto waiter = std::exchange(wire.writer, nullptr)) waiter->on_writable();
    turn();
  }
  void turn() {
    context.restart();
    context.poll();
  }

  boost::asio::io_context context{1};
  Loop loop{context};
  Connection::Limits limits;
  Wire wire;
  std::vector<std::string> messages;
  int closed = 0;
  bool echoes = false;
  std::shared_ptr<Connection> connection;
};

using Texts = std::vector<std::string>;

TEST_CASE("connection: what is sent in one turn leaves in one write") {
  Fixture f;
  f.connection->start(client_frame(0x81, "early"));
  CHECK(f.messages == Texts{"t:early"});
  for (int i = 0; i < 30; ++i) f.connection->send(Frame::text({"x"}));
  CHECK(f.wire.writes == 0);
  f.turn();
  CHECK(f.wire.writes == 1);
  CHECK(f.wire.outgoing.size() == 90);
  f.turn();
  CHECK(f.wire.writes == 1);
}

TEST_CASE("connection: pings are answered, in order with the messages") {
  Fixture f;
  f.echoes = true;
  f.connection->start({});
  f.hear(client_frame(0x01, "a") + client_frame(0x89, "p") + client_frame(0x80, "b"));
  CHECK(f.wire.outgoing ==
        "\x8a\x01p\x81\x02"
        "ab");
}

TEST_CASE("connection: the peer closes") {
  Fixture f;
  f.connection->start({});
  f.hear(client_close(1001, "bye") + client_frame(0x81, "late"));
  CHECK(f.closed == 1001);
  CHECK(f.wire.outgoing == "\x88\x02\x03\xe9");
  CHECK(f.wire.write_ended);
  CHECK(f.messages.empty());
  f.connection->send(Frame::text({"late"}));
  f.turn();
  CHECK(f.wire.outgoing.size() == 4);
  f.wire.ended = true;
  f.hear({});
  CHECK(f.wire.closed);
}

TEST_CASE("connection: a fault closes with its code") {
  Fixture f;
  f.connection->start({});
  f.hear(client_frame(0x81, "\xff"));
  CHECK(f.closed == 1007);
  CHECK(f.wire.outgoing.substr(0, 1) == "\x88");
  CHECK(f.wire.outgoing.substr(2, 2) == "\x03\xef");
  CHECK(f.wire.write_ended);
  CHECK_FALSE(f.wire.closed);
}

TEST_CASE("connection: we close, the peer answers") {
  Fixture f;
  f.connection->start({});
  f.connection->send(Frame::text({"last"}));
  f.connection->close(CloseCode::kRestart, "later");
  f.turn();
  CHECK(f.wire.outgoing == "\x81\x04last\x88\x07\x03\xf4later");
  CHECK_FALSE(f.wire.write_ended);
  f.hear(client_frame(0x81, "late") + client_close(1012));
  CHECK(f.wire.write_ended);
  CHECK(f.messages.empty());
  CHECK(f.closed == 0);
}

TEST_CASE("connection: it breaks") {
  Fixture f;
  f.connection->start({});
  f.wire.ended = true;
  f.hear({});
  CHECK(f.closed == 1006);
  CHECK(f.wire.closed);
}

TEST_CASE("connection: who does not read is not read from") {
  Fixture f;
  f.echoes = true;
  f.wire.takes = 10;
  f.connection->start({});
  f.hear(client_frame(0x81, std::string(1100, 'a')));
  CHECK(f.messages.size() == 1);
  CHECK(f.wire.reader == nullptr);
  f.wire.incoming += client_frame(0x81, "b");
  f.take(SIZE_MAX);
  CHECK(f.wire.reader != nullptr);
  f.hear({});
  CHECK(f.messages.size() == 2);
  CHECK(f.wire.outgoing.size() == 4 + 1100 + 3);
}

TEST_CASE("connection: too slow") {
  Fixture f;
  f.connection->start({});
  f.wire.takes = 10;
  SECTION("by bytes") {
    for (int i = 0; i < 8; ++i) f.connection->send(Frame::text({std::string(900, 'x')}));
    CHECK(f.closed == 0);  // never from within send()
    f.turn();
    CHECK(f.closed == 4408);
    // The frame that was begun ends, then comes the reason.
    f.take(SIZE_MAX);
    CHECK(f.wire.outgoing.size() == 904 + 2 + 2 + 4);
    CHECK(f.wire.outgoing.ends_with("\x88\x06\x11\x38slow"));
    CHECK(f.wire.write_ended);
  }
  SECTION("by standing still") {
    f.limits.stall_max = std::chrono::milliseconds(30);
    f.limits.close_time_max = std::chrono::milliseconds(30);
    f.connection->send(Frame::text({std::string(900, 'x')}));
    f.turn();
    CHECK(f.closed == 0);
    f.context.restart();
    f.context.run_for(std::chrono::milliseconds(500));
    CHECK(f.closed == 4408);
    CHECK(f.wire.closed);
  }
}

}  // namespace
}  // namespace marquee::websocket
