// Replies that are cut or broken: refused or written as far as they make sense, never a crash. Run
// under the sanitizers to be worth something; each buffer is allocated to its exact size for that.
#include <memory>

#include <nlohmann/json.hpp>

#include "libs/transcode/reply_writer.h"
#include "tests/catch.h"
#include "tests/unit/transcode/random_message.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

bool write(std::string_view wire, std::string& json) {
  std::unique_ptr<char[]> exact(new char[wire.size()]);
  wire.copy(exact.get(), wire.size());
  ReplyMarks marks;
  return write_reply(test_plan("Everything"), {exact.get(), wire.size()}, {}, json, marks);
}

void check(std::string_view wire) {
  std::string json;
  if (!write(wire, json)) {
    REQUIRE(json.empty());
  } else {
    REQUIRE(nlohmann::json::accept(json));
  }
}

TEST_CASE("every truncation of a message") {
  RandomMessage random(5);
  for (int round = 0; round < 20; ++round) {
    testapi::v1::Everything message;
    random.fill(message, 2);
    std::string wire = message.SerializeAsString();
    for (std::size_t size = 0; size < std::min<std::size_t>(wire.size(), 3000); ++size) {
      check(std::string_view(wire).substr(0, size));
    }
  }
}

TEST_CASE("random damage to a message") {
  RandomMessage random(6);
  for (int round = 0; round < 3000; ++round) {
    testapi::v1::Everything message;
    random.fill(message, 2);
    std::string wire = message.SerializeAsString();
    for (std::size_t hits = 1 + random.below(4); hits > 0 && !wire.empty(); --hits) {
      wire[random.below(wire.size())] = static_cast<char>(random.below(256));
    }
    check(wire);
  }
}

TEST_CASE("malformed wire is refused") {
  std::string json;
  using namespace std::string_view_literals;
  for (std::string_view wire : {
           "\x00\x00"sv,                                          // field 0
           "\x80"sv,                                              // half a tag
           "\x08"sv,                                              // no value
           "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv,  // 11 bytes of varint
           "\xff\xff\xff\xff\xff\xff\x01\x01"sv,                  // a tag above 32 bits
           "\x72\x02x"sv,                                         // half a string
           "\x72\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,          // 2^63 bytes of string
           "\x69\0\0\0\0\0\0\0"sv,                                // 7 bytes of double
           "\x65\0\0\0"sv,                                        // 3 bytes of float
           "\x0b\x0c"sv,                                          // a group
           "\x0e"sv, "\x0f"sv,                                    // wire types 6 and 7
           "\x8a\x01\x02\x0a\x05"sv,                              // a broken nested message
           "\x92\x01\x01\x08"sv,                                  // a broken date-time
           "\x9a\x03\x01\x0a"sv,                                  // a broken map entry
       }) {
    CHECK_FALSE(write(wire, json));
    CHECK(json.empty());
  }
}

}  // namespace
}  // namespace marquee::transcode
