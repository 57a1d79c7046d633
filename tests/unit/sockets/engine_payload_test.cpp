#include <vector>

#include "libs/engine_io/payload.h"
#include "libs/engine_io/settings.h"
#include "tests/catch.h"

namespace marquee::engine_io {
namespace {

struct Read {
  std::vector<std::string> packets;
  bool malformed;
};

Read read(std::string_view body) {
  PayloadReader in(body);
  Read result{{}, false};
  for (Packet packet; in.next(packet);) {
    result.packets.push_back(std::to_string(static_cast<int>(packet.type)) +
                             (packet.binary ? "b" : ":") + std::string(packet.data));
  }
  result.malformed = in.malformed();
  return result;
}

using Packets = std::vector<std::string>;

TEST_CASE("engine.io: packets of a body") {
  CHECK(read("4hello").packets == Packets{"4:hello"});
  CHECK(read("4").packets == Packets{"4:"});
  CHECK(read("4a\x1e"
             "2\x1e"
             "bAQIDBA==\x1e"
             "4\xe2\x82\xac\x1e"
             "1")
            .packets == Packets{"4:a", "2:", "4b\x01\x02\x03\x04", "4:\xe2\x82\xac", "1:"});
  CHECK(read("b").packets == Packets{"4b"});
  CHECK_FALSE(read("4a\x1e"
                   "2")
                  .malformed);
}

TEST_CASE("engine.io: bodies that are none") {
  for (const char* bad : {"", "abc", "7", "4a\x1e",
                          "\x1e"
                          "4a",
                          "4a\x1e\x1e"
                          "4b",
                          "bAQI*", "b=",
                          "4a\x1e"
                          "x"}) {
    CAPTURE(bad);
    CHECK(read(bad).malformed);
  }
}

TEST_CASE("engine.io: frames as records") {
  std::string body;
  const auto text = text_message("hi");
  const auto binary = binary_message("\x01\x02\x03\x04");
  append_record(*text, body);
  append_record(*binary, body);
  append_record(*ping_frame(), body);
  CHECK(body ==
        "4hi\x1e"
        "bAQIDBA==\x1e"
        "2");
  CHECK(record_bytes(*text) == 4);
  CHECK(record_bytes(*binary) == 10);
}

TEST_CASE("engine.io: the handshake") {
  Settings settings;
  CHECK(handshake("abc", true, settings) ==
        R"({"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,)"
        R"("maxPayload":1000000})");
  CHECK(handshake("abc", false, settings).find(R"("upgrades":[],)") != std::string::npos);
}

}  // namespace
}  // namespace marquee::engine_io
