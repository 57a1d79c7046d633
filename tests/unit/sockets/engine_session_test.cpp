#include <optional>
#include <vector>

#include "libs/engine_io/session.h"
#include "tests/catch.h"

namespace marquee::engine_io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using websocket::Delivery;
using websocket::FramePtr;

struct FakePoll final : Poll {
  void answer(std::string_view body) override {
    CHECK_FALSE(body_);
    body_ = std::string(body);
  }
  std::optional<std::string> body_;
};

struct FakeSocket final : Socket {
  void send(std::span<const FramePtr> frames, Delivery) override {
    for (const auto& frame : frames) sent.emplace_back(frame->payload());
  }
  void close(websocket::CloseCode) override { closed = true; }
  std::vector<std::string> sent;
  bool closed = false;
};

struct Fixture final : Session::Listener {
  void on_message(std::string_view data, bool binary) override {
    messages.push_back((binary ? "b:" : "t:") + std::string(data));
    if (data == "close me") session.close();
  }
  void on_closed(CloseReason reason) override {
    CHECK_FALSE(closed);
    closed = reason;
  }
  void on_upgrade(bool done) override { upgrades.push_back(done); }

  // Time goes by, as an owner sees it.
  void pass(milliseconds time) {
    const auto end = now + time;
    while (session.deadline() <= end) {
      now = std::max(now, session.deadline());
      session.on_time(now);
      REQUIRE(session.deadline() > now);
    }
    now = end;
  }
  std::string polled() {
    FakePoll poll;
    REQUIRE(session.poll(poll));
    REQUIRE(poll.body_);
    return *poll.body_;
  }
  bool post(std::string_view body) {
    if (!session.begin_post()) return false;
    const bool good = session.post(body, now);
    session.end_post();
    return good;
  }

  Settings settings;
  Session::Time now{seconds(1000)};
  std::vector<std::string> messages;
  std::optional<CloseReason> closed;
  std::vector<bool> upgrades;
  Session session{"sid", settings, *this, now};
};

using Texts = std::vector<std::string>;

TEST_CASE("session: a GET waits for packets, and takes what waits") {
  Fixture f;
  CHECK(f.session.opening().starts_with(R"(0{"sid":"sid","upgrades":["websocket"])"));
  FakePoll first;
  REQUIRE(f.session.poll(first));
  CHECK_FALSE(first.body_);
  f.session.send(text_message("a"));
  CHECK(first.body_ == "4a");
  f.session.send(text_message("b"));
  f.session.send(binary_message("\x01\x02\x03\x04"));
  CHECK(f.polled() ==
        "4b\x1e"
        "bAQIDBA==");
}

TEST_CASE("session: an answer to a GET is bounded") {
  Fixture f;
  f.settings.payload_bytes_max = 11;
  for (const char* text : {"12345", "678", "9", "a message that is larger alone", "x"}) {
    f.session.send(text_message(text));
  }
  CHECK(f.polled() ==
        "412345\x1e"
        "4678");
  CHECK(f.polled() == "49");
  CHECK(f.polled() == "4a message that is larger alone");
  CHECK(f.polled() == "4x");
}

TEST_CASE("session: a POST brings packets") {
  Fixture f;
  CHECK(
      f.post("4a\x1e"
             "bAQI=\x1e"
             "4c"));
  CHECK(f.messages == Texts{"t:a", "b:\x01\x02", "t:c"});
  CHECK_FALSE(f.closed);
}

TEST_CASE("session: what breaks the protocol closes") {
  for (const char* body : {"abc", "", "4a\x1e", "0", "2", "5", "9", "bA"}) {
    CAPTURE(body);
    Fixture f;
    FakePoll poll;
    REQUIRE(f.session.poll(poll));
    CHECK_FALSE(f.post(body));
    CHECK(f.closed == CloseReason::kProtocolError);
    CHECK(poll.body_ == "1");
    CHECK(f.session.gone());
    FakePoll next;
    CHECK_FALSE(f.session.poll(next));
  }
}

TEST_CASE("session: one GET and one POST at a time") {
  SECTION("GET") {
    Fixture f;
    FakePoll first;
    FakePoll second;
    REQUIRE(f.session.poll(first));
    CHECK_FALSE(f.session.poll(second));
    CHECK(first.body_ == "1");
    CHECK_FALSE(second.body_);
    CHECK(f.closed == CloseReason::kProtocolError);
  }
  SECTION("POST") {
    Fixture f;
    CHECK(f.session.begin_post());
    CHECK_FALSE(f.session.begin_post());
    CHECK(f.session.gone());
    CHECK_FALSE(f.session.post("4a", f.now));
    CHECK(f.messages.empty());
  }
  SECTION("a GET that was cut") {
    Fixture f;
    FakePoll poll;
    REQUIRE(f.session.poll(poll));
    f.session.poll_gone(poll);
    CHECK(f.closed == CloseReason::kByClient);
    CHECK_FALSE(poll.body_);
  }
  SECTION("a body that is too large") {
    Fixture f;
    CHECK(f.session.begin_post());
    f.session.post_too_large();
    CHECK(f.session.gone());
  }
}

TEST_CASE("session: the client says good-bye") {
  Fixture f;
  FakePoll poll;
  REQUIRE(f.session.poll(poll));
  CHECK(
      f.post("4last\x1e"
             "1\x1e"
             "4never"));
  CHECK(poll.body_ == "6");
  CHECK(f.messages == Texts{"t:last"});
  CHECK(f.closed == CloseReason::kByClient);
}

TEST_CASE("session: the server says good-bye") {
  SECTION("to a GET that waits") {
    Fixture f;
    FakePoll poll;
    REQUIRE(f.session.poll(poll));
    f.session.close();
    CHECK(poll.body_ == "1");
    CHECK(f.session.gone());
    CHECK_FALSE(f.closed);
  }
  SECTION("to the next GET, behind what is left") {
    Fixture f;
    f.session.send(text_message("a"));
    f.session.close();
    f.session.send(text_message("never"));
    CHECK_FALSE(f.session.gone());
    CHECK_FALSE(f.post("4ignored"));
    CHECK(f.polled() ==
          "4a\x1e"
          "1");
    CHECK(f.session.gone());
  }
  SECTION("to nobody") {
    Fixture f;
    f.session.close();
    f.pass(seconds(60));
    CHECK(f.session.gone());
  }
  SECTION("from within a message") {
    Fixture f;
    CHECK(
        f.post("4close me\x1e"
               "4never"));
    CHECK(f.messages == Texts{"t:close me"});
    CHECK(f.polled() == "1");
  }
}

TEST_CASE("session: heartbeat") {
  Fixture f;
  SECTION("answered, it goes on for ever") {
    for (int i = 0; i < 20; ++i) {
      FakePoll poll;
      REQUIRE(f.session.poll(poll));
      f.pass(milliseconds(24'999));
      CHECK_FALSE(poll.body_);
      f.pass(milliseconds(1));
      CHECK(poll.body_ == "2");
      f.pass(milliseconds(19'999));
      CHECK(f.post("3"));
      CHECK_FALSE(f.closed);
    }
  }
  SECTION("not answered, the session ends") {
    f.pass(seconds(25));
    CHECK(f.polled() == "2");
    FakePoll poll;
    REQUIRE(f.session.poll(poll));
    f.pass(milliseconds(19'999));
    CHECK_FALSE(f.closed);
    f.pass(milliseconds(1));
    CHECK(f.closed == CloseReason::kPingTimeout);
    CHECK(poll.body_ == "1");
  }
  SECTION("a pong that nobody asked for changes nothing") {
    f.pass(seconds(20));
    CHECK(f.post("3"));
    f.pass(seconds(5));
    CHECK(f.polled() == "2");
  }
}

TEST_CASE("session: a WebSocket from the start") {
  Fixture f;
  FakeSocket socket;
  f.session.open(socket);
  REQUIRE(socket.sent.size() == 1);
  CHECK(socket.sent[0].starts_with(R"(0{"sid":"sid","upgrades":[],)"));
  f.session.socket_message(socket, "4a", false, f.now);
  f.session.socket_message(socket, "\x01\x02", true, f.now);
  CHECK(f.messages == Texts{"t:a", "b:\x01\x02"});
  f.session.send(text_message("b"));
  CHECK(socket.sent.back() == "4b");
  FakePoll poll;
  CHECK_FALSE(f.session.poll(poll));
  CHECK_FALSE(f.session.begin_post());
  FakeSocket other;
  CHECK_FALSE(f.session.upgrade(other, f.now));
  SECTION("heartbeat") {
    f.pass(seconds(25));
    CHECK(socket.sent.back() == "2");
    f.session.socket_message(socket, "3", false, f.now);
    f.pass(seconds(24));
    CHECK_FALSE(f.closed);
    f.pass(seconds(21));
    CHECK(f.closed == CloseReason::kPingTimeout);
    CHECK(socket.closed);
  }
  SECTION("a bad packet") {
    f.session.socket_message(socket, "abc", false, f.now);
    CHECK(f.closed == CloseReason::kProtocolError);
    CHECK(socket.closed);
  }
  SECTION("closed by a packet") {
    f.session.socket_message(socket, "1", false, f.now);
    CHECK(f.closed == CloseReason::kByClient);
    CHECK(socket.closed);
  }
  SECTION("closed by the socket") {
    f.session.socket_closed(socket, false);
    CHECK(f.closed == CloseReason::kByClient);
  }
  SECTION("closed by us") {
    f.session.close();
    CHECK(socket.closed);
    CHECK(f.session.gone());
  }
}

TEST_CASE("session: it moves to a WebSocket") {
  Fixture f;
  FakePoll waiting;
  REQUIRE(f.session.poll(waiting));
  FakeSocket socket;
  REQUIRE(f.session.upgrade(socket, f.now));
  FakeSocket second;
  CHECK_FALSE(f.session.upgrade(second, f.now));
  f.session.socket_message(socket, "2probe", false, f.now);
  CHECK(socket.sent == Texts{"3probe"});
  CHECK(waiting.body_ == "6");
  f.session.send(text_message("held"));
  FakePoll again;
  REQUIRE(f.session.poll(again));
  CHECK_FALSE(again.body_);
  f.pass(milliseconds(100));
  CHECK(again.body_ == "6");
  SECTION("done") {
    FakePoll last;
    REQUIRE(f.session.poll(last));
    f.session.socket_message(socket, "5", false, f.now);
    CHECK(last.body_ == "6");
    CHECK(socket.sent == Texts{"3probe", "4held"});
    CHECK(f.session.on_websocket());
    FakePoll late;
    CHECK_FALSE(f.session.poll(late));
    CHECK_FALSE(f.session.begin_post());
    f.pass(seconds(20));
    CHECK_FALSE(socket.closed);
  }
  SECTION("never finished: it lives on by polling") {
    f.pass(seconds(10));
    CHECK(socket.closed);
    CHECK_FALSE(f.closed);
    CHECK(f.polled() == "4held");
    REQUIRE(f.session.upgrade(second, f.now));
  }
  SECTION("the probe goes away") {
    FakePoll poll;
    REQUIRE(f.session.poll(poll));
    f.session.socket_closed(socket, false);
    CHECK(poll.body_ == "4held");
    CHECK_FALSE(f.closed);
  }
  SECTION("the probe says something else") {
    f.session.socket_message(socket, "4hello", false, f.now);
    CHECK(socket.closed);
    CHECK_FALSE(f.closed);
    CHECK(f.polled() == "4held");
  }
  SECTION("the session ends meanwhile") {
    f.session.close();
    CHECK(socket.closed);
    CHECK(f.polled() ==
          "4held\x1e"
          "1");
  }
}

TEST_CASE("session: it goes on elsewhere with what waits for its client") {
  Fixture from;
  from.session.send(text_message("zero"));
  CHECK_FALSE(from.session.hand_over(1000));
  FakeSocket offered;
  REQUIRE(from.session.upgrade(offered, from.now));
  CHECK_FALSE(from.session.hand_over(1000));
  CHECK(from.polled() == "4zero");
  from.session.socket_message(offered, kProbe, false, from.now);
  FakePoll waiting;
  REQUIRE(from.session.poll(waiting));
  from.session.send(text_message("one"));
  from.session.send(binary_message("two"));
  CHECK_FALSE(waiting.body_);
  CHECK_FALSE(from.session.hand_over(3));
  CHECK(from.session.is_open());
  const auto body = from.session.hand_over(1000);
  REQUIRE(body);
  CHECK(waiting.body_ == "6");
  CHECK(from.session.gone());
  CHECK(offered.closed);
  CHECK_FALSE(from.closed);
  CHECK_FALSE(from.session.hand_over(1000));

  Fixture to;
  FakeSocket socket;
  to.session.take_over("4lost", to.now);
  REQUIRE(to.session.upgrade(socket, to.now));
  to.session.socket_message(socket, kProbe, false, to.now);
  CHECK(to.upgrades.empty());
  to.session.socket_message(socket, "5", false, to.now);
  CHECK(to.upgrades == std::vector<bool>{true});
  to.session.take_over(*body, to.now);
  CHECK(socket.sent == Texts{"3probe", "4one", "two"});
  // Whenever its client was asked last, it is asked now.
  to.pass(milliseconds(1));
  CHECK(socket.sent.back() == "2");
  to.session.socket_message(socket, "3", false, to.now);
  to.pass(to.settings.ping_interval - milliseconds(10));
  CHECK(to.session.is_open());
}

TEST_CASE("session: a WebSocket that gets no further is told of") {
  Fixture f;
  FakeSocket first;
  REQUIRE(f.session.upgrade(first, f.now));
  f.session.socket_closed(first, false);
  CHECK(f.upgrades == std::vector<bool>{false});
  FakeSocket second;
  REQUIRE(f.session.upgrade(second, f.now));
  f.session.socket_message(second, "5", false, f.now);
  CHECK(second.closed);
  CHECK(f.upgrades == std::vector<bool>{false, false});
  CHECK(f.session.is_open());
}

TEST_CASE("session: upgrade without a probe, and upgrades switched off") {
  Fixture f;
  FakeSocket socket;
  SECTION("5 before the probe") {
    REQUIRE(f.session.upgrade(socket, f.now));
    f.session.socket_message(socket, "5", false, f.now);
    CHECK(socket.closed);
    CHECK_FALSE(f.session.on_websocket());
  }
  SECTION("off") {
    f.settings.upgrades = false;
    CHECK_FALSE(f.session.upgrade(socket, f.now));
    CHECK(f.session.opening().find(R"("upgrades":[])") != std::string::npos);
  }
}

TEST_CASE("session: one that does not poll is bounded") {
  Fixture f;
  const auto message = text_message(std::string(100'000, 'x'));
  for (int i = 0; i < 100; ++i) f.session.send(message);
  f.session.on_time(f.now);
  CHECK(f.closed == CloseReason::kSlow);
}

}  // namespace
}  // namespace marquee::engine_io
