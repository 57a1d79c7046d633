#include "libs/socket_io/decoder.h"
#include "libs/socket_io/frames.h"
#include "libs/socket_io/packet.h"
#include "tests/catch.h"

namespace marquee::socket_io {
namespace {

std::optional<Packet> read(std::string_view text) {
  return decode(text, {});
}

TEST_CASE("socket.io: packets are taken apart") {
  auto packet = read("0");
  REQUIRE(packet);
  CHECK(packet->type == PacketType::kConnect);
  CHECK(packet->nsp == "/");
  CHECK(packet->data.empty());

  packet = read(R"(0/admin,{"token":"123"})");
  REQUIRE(packet);
  CHECK(packet->nsp == "/admin");
  CHECK(packet->data == R"({"token":"123"})");

  packet = read("0/admin?token=1&b=2,");
  REQUIRE(packet);
  CHECK(packet->nsp == "/admin");

  packet = read("1/admin");
  REQUIRE(packet);
  CHECK(packet->type == PacketType::kDisconnect);
  CHECK(packet->nsp == "/admin");

  packet = read(R"(2/admin,456["project:delete",123, {"a":[1]} ])");
  REQUIRE(packet);
  CHECK(packet->type == PacketType::kEvent);
  CHECK(packet->id == 456);
  CHECK(packet->event == "project:delete");
  CHECK(packet->data == R"(123, {"a":[1]} )");

  packet = read(R"(2["a\u0062\"",1])");
  REQUIRE(packet);
  CHECK(event_name(*packet) == "ab\"");

  packet = read(R"(2[ "only" ])");
  REQUIRE(packet);
  CHECK(packet->event == "only");
  CHECK(packet->data.empty());

  packet = read("2[12,1]");
  REQUIRE(packet);
  CHECK(packet->event == "12");

  packet = read("3/admin,456[]");
  REQUIRE(packet);
  CHECK(packet->type == PacketType::kAck);
  CHECK(packet->data.empty());

  packet = read(R"(51-/admin,7["hi",{"_placeholder":true,"num":0}])");
  REQUIRE(packet);
  CHECK(packet->type == PacketType::kBinaryEvent);
  CHECK(packet->attachments == 1);
  CHECK(packet->id == 7);

  packet = read(R"(62-1[{"num":1,"_placeholder":true},{"a":[{"_placeholder":true,"num":0}]}])");
  REQUIRE(packet);
  CHECK(packet->type == PacketType::kBinaryAck);
}

TEST_CASE("socket.io: what is no packet of a client") {
  for (const char* bad :
       {"",
        "7",
        "9",
        "abc",
        "2",
        "2{}",
        "2[]",
        "2abc[\"a\"]",
        "2[null]",
        "2[{}]",
        "2[[\"a\"]]",
        "2[\"a\"",
        "2[\"a\",]",
        "2[\"a\"]x",
        "2[\"a\"]]",
        "2[\"a\" 1]",
        "2-[\"a\"]",
        "2\"a\"",
        "2[\"connect\"]",
        "2[\"disconnect\"]",
        "2[\"connect_error\"]",
        "2[\"newListener\"]",
        "2[\"removeListener\"]",
        "2[\"conn\\u0065ct\"]",
        "2[\"\xff\"]",
        "299999999999999999999[\"a\"]",
        "3[]",
        "31",
        "31{}",
        "3/a,[]",
        "0[]",
        "0\"a\"",
        "0{",
        "0{}x",
        "05",
        "1{}",
        "11",
        "4{}",
        "4{\"message\":\"x\"}",
        "2/a b,[\"a\"]",
        "5[\"a\"]",
        "51[\"a\"]",
        "5-[\"a\"]",
        "5x-[\"a\"]",
        "51-[\"a\"]",
        "50-[\"a\",{\"_placeholder\":true,\"num\":0}]x",
        "51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
        "51-[\"a\",{\"_placeholder\":true}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":-1}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":0.0}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":\"splice\"}]",
        "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]",
        "52-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        "511-[\"a\"]",
        "518446744073709551616-[\"a\"]"}) {
    CAPTURE(bad);
    CHECK_FALSE(read(bad));
  }
  CHECK_FALSE(read("2[\"a\"," + std::string(1000, '[') + std::string(1000, ']') + "]"));
  CHECK_FALSE(read("0/" + std::string(1000, 'n') + ","));
}

TEST_CASE("socket.io: packets are put together") {
  std::string text;
  encode({.type = PacketType::kEvent, .event = "hi", .data = "1,[2]"}, text);
  CHECK(text == R"(2["hi",1,[2]])");
  text.clear();
  encode({.type = PacketType::kEvent, .nsp = "/a", .id = 12, .event = "q\"\n"}, text);
  CHECK(text == R"(2/a,12["q\"\u000a"])");
  text.clear();
  encode({.type = PacketType::kAck, .id = 0}, text);
  CHECK(text == "30[]");
  text.clear();
  encode({.type = PacketType::kConnectError, .nsp = "/a", .data = R"({"message":"no"})"}, text);
  CHECK(text == R"(4/a,{"message":"no"})");
  const std::vector<std::string> attachments{"\x01", "\x02"};
  auto frames = frames_of({.event = "b", .data = "{},{}"}, attachments);
  REQUIRE(frames.size() == 3);
  CHECK(frames[0]->payload() == R"(452-["b",{},{}])");
  CHECK(frames[2]->wire() == "\x82\x01\x02");
  CHECK(frames_of({.type = PacketType::kAck, .id = 3, .data = "1"}, {})[0]->payload() == "433[1]");
}

TEST_CASE("socket.io: attachments are gathered") {
  using Progress = Decoder::Progress;
  const Decoder::Limits limits{{2}, 10};
  Decoder decoder(limits);
  std::string text = R"(52-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])";
  CHECK(decoder.take(text, false) == Progress::kNeedsMore);
  text.assign(text.size(), 'x');  // the decoder has its own
  CHECK(decoder.take("one", true) == Progress::kNeedsMore);
  SECTION("all of them") {
    CHECK(decoder.take("two", true) == Progress::kPacket);
    CHECK(decoder.packet().event == "a");
    CHECK(decoder.attachments() == std::vector<std::string>{"one", "two"});
    CHECK(decoder.take("2[\"b\"]", false) == Progress::kPacket);
    CHECK(decoder.attachments().empty());
  }
  SECTION("text between them") {
    CHECK(decoder.take("2[\"b\"]", false) == Progress::kFault);
  }
  SECTION("too many bytes") {
    CHECK(decoder.take("12345678", true) == Progress::kFault);
  }
  SECTION("too many") {
    Decoder other(limits);
    CHECK(other.take("53-[\"a\"]", false) == Progress::kFault);
  }
  SECTION("one that nobody announced") {
    Decoder other(limits);
    CHECK(other.take("x", true) == Progress::kFault);
  }
}

}  // namespace
}  // namespace marquee::socket_io
