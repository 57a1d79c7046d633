#include "libs/socket_io/connection.h"
#include "tests/catch.h"

namespace marquee::socket_io {
namespace {

using engine_io::CloseReason;
using engine_io::Session;
using std::chrono::seconds;
using websocket::Delivery;
using websocket::FramePtr;

using Texts = std::vector<std::string>;

struct FakeSocket final : engine_io::Socket {
  void send(std::span<const FramePtr> frames, Delivery) override {
    for (const auto& frame : frames) sent.emplace_back(frame->payload());
  }
  void close(websocket::CloseCode) override { closed = true; }
  Texts sent;
  bool closed = false;
};

struct Fixture final : Connection::Handler {
  Fixture() {
    connection.attach(session);
    session.open(socket);
    socket.sent.clear();
  }

  void on_connect(Connection&, std::string_view nsp, std::string_view auth) override {
    seen.push_back("connect " + std::string(nsp) + " " + std::string(auth));
    if (nsp == "/later") return;
    if (nsp == "/no") return connection.refuse(nsp, "go \"away\"", R"({"a":1})");
    connection.accept(nsp, "S");
  }
  void on_event(Connection&, const Message& m) override {
    if (m.event == "leave") connection.disconnect(m.nsp);
    see("event", m);
  }
  void on_ack(Connection&, const Message& m) override { see("ack", m); }
  void on_disconnect(Connection&, std::string_view nsp) override {
    seen.push_back("disconnect " + std::string(nsp));
  }
  void on_closed(Connection&, CloseReason reason) override {
    CHECK_FALSE(closed);
    closed = reason;
  }
  void see(const std::string& what, const Message& m) {
    std::string line = what + " " + std::string(m.nsp) + " " + std::string(m.event) + "(" +
                       std::string(m.arguments) + ")";
    if (m.ack_id) line += "#" + std::to_string(*m.ack_id);
    for (const auto& one : m.attachments) line += "+" + one;
    seen.push_back(line);
  }

  void say(std::string_view text) { session.socket_message(socket, text, false, now); }
  void say_binary(std::string_view bytes) { session.socket_message(socket, bytes, true, now); }
  void pass(seconds time) {
    now += time;
    session.on_time(now);
  }

  Session::Time now{seconds(1000)};
  engine_io::Settings engine_settings;
  ConnectionSettings settings;
  FakeSocket socket;
  Texts seen;
  std::optional<CloseReason> closed;
  Connection connection{settings, *this, now};
  Session session{"engine", engine_settings, connection, now};
};

TEST_CASE("socket.io: namespaces are connected and refused") {
  Fixture f;
  f.say("40");
  f.say(R"(40/custom,{"token":"1"})");
  f.say("40/no,");
  CHECK(f.seen == Texts{"connect / ", R"(connect /custom {"token":"1"})", "connect /no "});
  CHECK(f.socket.sent == Texts{R"(40{"sid":"S"})", R"(40/custom,{"sid":"S"})",
                               R"(44/no,{"message":"go \"away\"","data":{"a":1}})"});
  CHECK(f.connection.is_in("/custom"));
  CHECK_FALSE(f.connection.is_in("/no"));
  f.say("41/custom,");
  CHECK(f.seen.back() == "disconnect /custom");
  CHECK_FALSE(f.connection.is_in("/custom"));
  // It may come back.
  f.say("40/custom");
  CHECK(f.connection.is_in("/custom"));
  const auto count = f.seen.size();
  f.say("40/custom");
  CHECK(f.seen.size() == count);
  CHECK_FALSE(f.closed);
}

TEST_CASE("socket.io: an answer to CONNECT may come later") {
  Fixture f;
  f.say("40/later,");
  CHECK(f.socket.sent.empty());
  SECTION("accepted") {
    f.connection.accept("/later", "L");
    CHECK(f.socket.sent == Texts{R"(40/later,{"sid":"L"})"});
  }
  SECTION("with what recovers its state") {
    f.connection.accept("/later", "L", "P");
    CHECK(f.socket.sent == Texts{R"(40/later,{"sid":"L","pid":"P"})"});
  }
  SECTION("the client left meanwhile") {
    f.say("41/later,");
    f.connection.accept("/later", "L");
    CHECK(f.socket.sent.empty());
    CHECK_FALSE(f.closed);
  }
  SECTION("the session ended meanwhile") {
    f.session.socket_closed(f.socket, false);
    CHECK(f.closed == CloseReason::kByClient);
    f.connection.accept("/later", "L");
    f.connection.refuse("/later", "no", {});
    CHECK(f.socket.sent.empty());
  }
}

TEST_CASE("socket.io: events and acks, both ways") {
  Fixture f;
  f.say("40");
  f.socket.sent.clear();
  f.say(R"(42["hi",1,{"a":2}])");
  f.say(R"(427["hi"])");
  CHECK(f.seen[1] == R"(event / hi(1,{"a":2}))");
  CHECK(f.seen[2] == "event / hi()#7");
  f.connection.ack("/", 7, "true");
  CHECK(f.socket.sent.back() == "437[true]");
  CHECK(f.connection.emit_with_ack("/", "ask", "1") == 0);
  CHECK(f.connection.emit_with_ack("/", "ask", "2") == 1);
  CHECK(f.socket.sent.back() == R"(421["ask",2])");
  f.say("431[\"yes\"]");
  CHECK(f.seen.back() == R"(ack / ("yes")#1)");
  const auto count = f.seen.size();
  f.say("431[\"again\"]");
  f.say("4399[]");
  CHECK(f.seen.size() == count);
  CHECK_FALSE(f.closed);
  f.connection.emit("/custom", "not there", "");
  CHECK(f.socket.sent.back() == R"(421["ask",2])");
}

TEST_CASE("socket.io: binary both ways") {
  Fixture f;
  f.say("40");
  f.say(R"(451-3["bin",{"_placeholder":true,"num":0}])");
  CHECK(f.seen.size() == 1);
  f.say_binary("xyz");
  CHECK(f.seen.back() == R"(event / bin({"_placeholder":true,"num":0})#3+xyz)");
  const std::vector<std::string> attachments{"abc"};
  f.connection.ack("/", 3, R"({"_placeholder":true,"num":0})", attachments);
  CHECK(f.socket.sent[1] == R"(461-3[{"_placeholder":true,"num":0}])");
  CHECK(f.socket.sent[2] == "abc");
}

TEST_CASE("socket.io: what breaks the protocol closes") {
  for (const char* bad :
       {"4", "4abc", "49", "42{}", "42[]", "42abc[\"a\"]", "42/other,[\"a\"]",
        "44{\"message\":\"x\"}", "451-[\"a\",{\"_placeholder\":true,\"num\":1}]"}) {
    CAPTURE(bad);
    Fixture f;
    f.say("40");
    f.say(bad);
    CHECK(f.closed == CloseReason::kProtocolError);
    CHECK(f.socket.closed);
    CHECK_FALSE(f.connection.is_in("/"));
  }
  Fixture f;
  SECTION("an event before CONNECT") {
    f.say(R"(42["hi"])");
  }
  SECTION("binary that nobody announced") {
    f.say("40");
    f.say_binary("x");
  }
  SECTION("text where an attachment is due") {
    f.say("40");
    f.say(R"(451-["bin",{"_placeholder":true,"num":0}])");
    f.say(R"(42["hi"])");
  }
  SECTION("more namespaces than one needs") {
    for (int i = 0; i < 100; ++i) f.say("40/" + std::to_string(i) + ",");
  }
  CHECK(f.closed == CloseReason::kProtocolError);
  CHECK(f.socket.closed);
}

TEST_CASE("socket.io: no CONNECT in time") {
  Fixture f;
  SECTION("none at all") {
    f.pass(seconds(24));
    CHECK_FALSE(f.closed);
    f.pass(seconds(1));
    f.say("3");
    f.pass(seconds(20));
    CHECK(f.closed == CloseReason::kProtocolError);
  }
  SECTION("one") {
    f.say("40");
    CHECK(f.connection.is_in("/"));
    f.pass(seconds(25));
    f.say("3");
    f.pass(seconds(24));
    CHECK_FALSE(f.closed);
  }
}

TEST_CASE("socket.io: the server ends it") {
  Fixture f;
  f.say("40");
  f.say("40/custom,");
  f.connection.disconnect("/custom");
  CHECK(f.socket.sent.back() == "41/custom,");
  for (const char* nsp : {"/a", "/b", "/c"}) f.say(std::string("40") + nsp);
  f.say(R"(42/a,["leave"])");
  CHECK(f.seen.back() == "event /a leave()");
  CHECK_FALSE(f.connection.is_in("/a"));
  CHECK(f.connection.is_in("/b"));
  CHECK(f.connection.is_in("/c"));
  CHECK_FALSE(f.connection.is_in("/custom"));
  f.connection.close();
  CHECK(f.socket.closed);
  CHECK_FALSE(f.closed);
}

}  // namespace
}  // namespace marquee::socket_io
