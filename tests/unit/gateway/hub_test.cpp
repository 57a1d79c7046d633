// The hub in a gateway of this process: what a socket hears while its joining is decided, commands
// in their order, sockets that do not read, over TLS, and too many of them.
#include <mutex>

#include "libs/live/publisher.h"
#include "libs/testing/nats.h"
#include "libs/testing/tcp.h"
#include "libs/testing/web_socket.h"
#include "marquee/movie/v1/rooms.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/certificates.h"
#include "tests/unit/gateway/test_gateway.h"
#include "tests/unit/gateway/tls_client.h"
#include "tests/unit/sockets/client_frame.h"

namespace marquee::gateway {
namespace {

using nlohmann::json;
using testing::client_frame;
using testing::eventually;
using testing::MarqueeSocket;
using testing::Socket;
using testing::WebSocket;

const std::string kJoin = "marquee.movie.v1.ReviewRooms/JoinReviewRoom";
const std::string kLeave = "marquee.movie.v1.ReviewRooms/LeaveReviewRoom";
const std::string kAnnounce = "marquee.movie.v1.ReviewRooms/AnnounceReview";
const std::string kHandshake =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// A gateway whose movie service lets everybody into every room.
struct Stage {
  explicit Stage(const std::function<void(Config&)>& change = [](Config&) {})
      : gateway([&](Config& config) {
          config.nats_url = nats.url();
          change(config);
        }),
        bus(nats.url(), "stage"),
        live(bus) {
    auto admit = [](const FakeCall& call) {
      auto request = call.as<movie::v1::ReviewRoomRequest>();
      auto notice = std::make_unique<movie::v1::RoomNotice>();
      notice->set_room_id(request.room_id());
      return notice;
    };
    gateway.service().on(kJoin, admit);
    gateway.service().on(kLeave, admit);
    REQUIRE(eventually([&] { return bus.connected(); }));
  }

  int port() const { return gateway.port(); }
  void say(const std::string& room, const std::string& text) {
    movie::v1::RoomNotice notice;
    notice.set_message(text);
    live.publish("movie:" + room, notice);
    REQUIRE(bus.flush(5'000));
  }

  testing::Nats nats;
  TestGateway gateway;
  bus::Bus bus;
  live::Publisher live;
};

json room(const std::string& id) {
  return {{"user_id", "1"}, {"room_id", id}};
}

std::string text_of(const json& frame) {
  return frame.is_null() ? "nothing" : frame["data"]["message"].get<std::string>();
}

TEST_CASE("what is published while a joining is decided is heard when it succeeds") {
  Stage stage;
  MarqueeSocket socket(stage.port());
  stage.gateway.service().on(kJoin, [&](const FakeCall& call) {
    stage.say("1", "while it was decided");
    auto notice = std::make_unique<movie::v1::RoomNotice>();
    notice->set_room_id(call.as<movie::v1::ReviewRoomRequest>().room_id());
    return notice;
  });
  CHECK(socket.command("join_notification", room("1")).contains("data"));
  stage.say("1", "afterwards");
  CHECK(text_of(socket.next("message")) == "while it was decided");
  CHECK(text_of(socket.next("message")) == "afterwards");
}

TEST_CASE("who is not let in hears nothing of it") {
  Stage stage;
  MarqueeSocket socket(stage.port());
  stage.gateway.service().on(kJoin,
                             [&](const FakeCall&) -> std::unique_ptr<google::protobuf::Message> {
                               stage.say("1", "a secret");
                               throw Error::denied("not_yours", "This room is not yours");
                             });
  const json answer = socket.command("join_notification", room("1"));
  CHECK(answer["error"]["message"] == "This room is not yours");
  stage.say("1", "another");
  CHECK(socket.quiet("message"));
  // What was refused can be asked again.
  CHECK(socket.command("leave_notification", room("1"))["error"]["code"] == "not_joined");
}

TEST_CASE("commands of a socket are carried out in their order") {
  Stage stage;
  std::mutex mutex;
  std::vector<std::string> asked;
  auto note = [&](const std::string& what) {
    std::lock_guard lock(mutex);
    asked.push_back(what);
  };
  stage.gateway.service().on(kAnnounce, [&](const FakeCall& call) {
    auto request = call.as<movie::v1::AnnounceReviewRequest>();
    note(request.review_title());
    return std::make_unique<movie::v1::AnnouncedReview>();
  });
  stage.gateway.service().hold(kJoin);
  MarqueeSocket socket(stage.port());
  socket.send("join_notification", room("1"));
  for (int i = 0; i < 20; ++i) {
    socket.send("new_review",
                {{"user_id", 1}, {"room_id", "1"}, {"review_title", std::to_string(i)}});
  }
  REQUIRE(eventually([&] { return stage.gateway.service().calls(kJoin) == 1; }));
  stage.gateway.service().release();
  REQUIRE(eventually([&] {
    std::lock_guard lock(mutex);
    return asked.size() == 20;
  }));
  for (int i = 0; i < 20; ++i) CHECK(asked[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("commands that come faster than they are carried out are refused at last") {
  Stage stage;
  stage.gateway.service().hold(kJoin);
  MarqueeSocket socket(stage.port());
  for (int i = 0; i < 100; ++i) socket.send("join_notification", room(std::to_string(i)));
  CHECK(socket.next("error")["data"]["code"] == "rate_limited");
  stage.gateway.service().release();
}

TEST_CASE("a command calls as who the socket belongs to") {
  Stage stage;
  stage.gateway.service().on(kJoin, [&](const FakeCall& call) {
    auto notice = std::make_unique<movie::v1::RoomNotice>();
    auto caller = call.metadata.find("marquee-caller");
    notice->set_message(caller == call.metadata.end() ? "-" : caller->second);
    return notice;
  });
  // Nobody asks who enters a public room.
  MarqueeSocket socket(stage.port(), stage.gateway.token(7));
  CHECK(text_of(socket.command("join_notification", room("1"))) == "-");
}

TEST_CASE("a socket that does not read is cut off, and nobody else waits for it") {
  Stage stage;
  Socket deaf(stage.port());
  deaf.send(kHandshake);
  REQUIRE(deaf.receive_until("connection_response").find("101") != std::string::npos);
  deaf.send(client_frame(0x81, R"({"event":"join_notification","id":1,)"
                               R"("data":{"user_id":"1","room_id":"1"}})"));
  REQUIRE(deaf.receive_until("\"ack\":1").find("\"ack\":1") != std::string::npos);
  MarqueeSocket listener(stage.port());
  CHECK(listener.command("join_notification", room("1")).contains("data"));
  const std::string text(60'000, 'x');
  // More than the kernel and the queue hold.
  for (int i = 0; i < 200; ++i) {
    stage.say("1", text);
    REQUIRE(listener.next("message")["data"]["message"].get<std::string>().size() == text.size());
  }
  const std::string left = deaf.receive_until_closed(std::chrono::seconds(20));
  const auto close = left.rfind(std::string("\x88\x13\x11\x38", 4));
  CHECK(close != std::string::npos);
  CHECK(left.find(R"({"retry_after":2})") != std::string::npos);
}

// Enough that what comes together is handed to them as one.
TEST_CASE("what many hear at once comes whole and in its order") {
  Stage stage;
  std::vector<MarqueeSocket> sockets;
  for (int i = 0; i < 150; ++i) {
    sockets.emplace_back(stage.port());
    REQUIRE(sockets.back().command("join_notification", room("1")).contains("data"));
  }
  constexpr int kMessages = 300;
  for (int i = 0; i < kMessages; ++i) {
    movie::v1::RoomNotice notice;
    notice.set_message(std::to_string(i) + std::string(i % 7 == 0 ? 20'000 : 10, 'x'));
    stage.live.publish(i % 50 == 49 ? "movie:2" : "movie:1", notice);
  }
  stage.say("1", "end");
  for (auto& socket : sockets) {
    std::uint64_t offset = 0;
    int wrong = 0;
    for (int i = 0; i < kMessages; ++i) {
      if (i % 50 == 49) continue;
      const json frame = socket.next("message");
      REQUIRE(frame.is_object());
      if (std::stoi(text_of(frame)) != i || frame["offset"] <= offset) ++wrong;
      offset = frame["offset"].get<std::uint64_t>();
    }
    CHECK(wrong == 0);
    CHECK(text_of(socket.next("message")) == "end");
  }
}

TEST_CASE("WebSockets over TLS are the same") {
  testing::TemporaryFolder folder;
  const MadeCertificate made = make_certificate("first");
  write_file(folder.path() + "/tls.pem", made.certificate);
  write_file(folder.path() + "/tls.key", made.key);
  Stage stage([&](Config& config) {
    config.tls_certificate = folder.path() + "/tls.pem";
    config.tls_key = folder.path() + "/tls.key";
  });
  TlsClient client(stage.port());
  REQUIRE(client.connected());
  const std::string join = client_frame(0x81, R"({"event":"join_notification","id":1,)"
                                              R"("data":{"user_id":"1","room_id":"1"}})");
  // What comes with the handshake's request is not lost.
  client.send(kHandshake + join);
  CHECK(client.receive_until("\"ack\":1").find("connection_response") != std::string::npos);
  // More than a record, and than the socket takes at once.
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 8; ++j) stage.say("1", std::string(60'000, 'x') + std::to_string(j));
    const std::string marker = "last " + std::to_string(i) + ".";
    stage.say("1", marker);
    REQUIRE(client.receive_until(marker).find(marker) != std::string::npos);
  }
  client.send(testing::client_close(1000));
  CHECK(client.receive_until_closed().find('\x88') != std::string::npos);
}

TEST_CASE("there are as many sockets as may be") {
  Stage stage([](Config& config) { config.connections_max = 2; });
  MarqueeSocket one(stage.port());
  MarqueeSocket two(stage.port());
  WebSocket third(stage.port(), "/ws");
  CHECK(third.status() == 101);
  CHECK(third.closed() == 1013);
  one.wire().drop();
  CHECK(eventually([&] {
    WebSocket again(stage.port(), "/ws");
    return again.receive(std::chrono::seconds(2)).value_or("").find("connection_response") !=
           std::string::npos;
  }));
}

TEST_CASE("handshakes that are none are refused with a reason") {
  Stage stage;
  auto status = [&](const std::string& head) {
    Socket socket(stage.port());
    socket.send("GET /ws HTTP/1.1\r\nHost: localhost\r\n" + head + "\r\n");
    const std::string answer = socket.receive_until("\r\n");
    return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
  };
  const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  CHECK(status("") == 426);
  CHECK(status(upgrade) == 400);
  CHECK(status(upgrade + "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n") == 400);
  CHECK(status(upgrade +
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n") ==
        426);
}

TEST_CASE("a gateway ends though its clients do not say good-bye") {
  auto stage = std::make_unique<Stage>([](Config& config) { config.shutdown_grace = Millis(200); });
  Socket silent(stage->port());
  silent.send(kHandshake);
  REQUIRE(silent.receive_until("connection_response").find("101") != std::string::npos);
  stage->gateway.gateway().stop();
  const std::string left = silent.receive_until_closed();
  CHECK(left.find("bye") != std::string::npos);
  CHECK(left.find("\x03\xf4") != std::string::npos);  // 1012
}

}  // namespace
}  // namespace marquee::gateway
