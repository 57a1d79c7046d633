// What a native socket's frames are taken for.
#include "gateway/hub/native_frame.h"

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

std::string fault_of(std::string_view text) {
  return read_native_frame(text).fault;
}

std::string repeated(char c, std::size_t times) {
  return std::string(times, c);
}

TEST_CASE("a frame is a command with its data, its id and its place") {
  const auto frame = read_native_frame(
      R"( {"event":"join","data":{"room_id": 17},"id":7,"resume":{"epoch":"e","offset":12}} )");
  CHECK(frame.fault == "");
  CHECK(frame.command.event == "join");
  CHECK(frame.command.data == R"({"room_id": 17})");
  CHECK(frame.command.id == "7");
  REQUIRE(frame.command.resume);
  CHECK(frame.command.resume->epoch == "e");
  CHECK(frame.command.resume->offset == 12);
}

TEST_CASE("only the event must be there, in any order, among other members") {
  const auto least = read_native_frame(R"({"event":"ping"})");
  CHECK(least.fault == "");
  CHECK(least.command.data == "{}");
  CHECK(least.command.id == "");
  CHECK_FALSE(least.command.resume);
  const auto more = read_native_frame(
      R"({"more":[{}],"resume":null,"id":null,"data":"{\"a\":1}","event":"p\u0069ng"})");
  CHECK(more.fault == "");
  CHECK(more.command.event == "ping");
  CHECK(more.command.data == R"("{\"a\":1}")");
  CHECK(more.command.id == "");
}

TEST_CASE("an id goes back as it came: a number or a short string") {
  CHECK(read_native_frame(R"({"event":"x","id":"a\"b"})").command.id == R"("a\"b")");
  CHECK(read_native_frame(R"({"event":"x","id":-1.5})").command.id == "-1.5");
  CHECK(read_native_frame("{\"event\":\"x\",\"id\":\"" + repeated('a', 62) + "\"}").fault == "");
  for (const std::string& id : {std::string("{}"), std::string("[1]"), std::string("true"),
                                '"' + repeated('a', 63) + '"', repeated('1', 65)}) {
    CAPTURE(id);
    const auto frame = read_native_frame(R"({"event":"x","id":)" + id + "}");
    CHECK(frame.fault == "An id is a number or a short string");
    CHECK(frame.command.id == "");
  }
}

TEST_CASE("what is no command says why") {
  for (const char* text : {"", "[]", "7", "null", "\"event\"", "event"}) {
    CAPTURE(text);
    CHECK(fault_of(text).rfind("A frame is a JSON object", 0) == 0);
  }
  for (const char* text : {"{}", R"({"event":""})", R"({"event":7})", R"({"data":{}})"}) {
    CAPTURE(text);
    CHECK(fault_of(text) == "Missing required field: event");
  }
  for (const char* text :
       {"{", R"({"event":"x")", R"({"event":"x",})", R"({"event":"x"} y)", R"({"event":"x"}{})",
        R"({"event":"\x"})", R"({"event":"x","data":{"a":}})", "{\"event\":\"\xff\"}"}) {
    CAPTURE(text);
    CHECK(fault_of(text).rfind("JSON parse error - ", 0) == 0);
  }
  CHECK(fault_of("{\"event\":\"" + repeated('e', 64) + "\"}") == "");
  CHECK(fault_of("{\"event\":\"" + repeated('e', 65) + "\"}") == "The event's name is too long");
  CHECK(fault_of(R"({"event":"x","resume":{"epoch":"e"}})").rfind("resume is ", 0) == 0);
  CHECK(fault_of(R"({"event":"x","resume":12})").rfind("resume is ", 0) == 0);
}

TEST_CASE("a frame that is broken behind its id still says whose it was") {
  const auto frame = read_native_frame(R"({"id":3,"event":"x","data":})");
  CHECK(frame.fault != "");
  CHECK(frame.command.id == "3");
}

TEST_CASE("a frame is nested 32 levels at most") {
  const auto nested = [](std::size_t levels) {
    return R"({"event":"x","data":)" + repeated('[', levels) + repeated(']', levels) + "}";
  };
  CHECK(fault_of(nested(31)) == "");
  CHECK(fault_of(nested(32)) != "");
  CHECK(fault_of(R"({"event":"x","more":)" + repeated('[', 100'000)) != "");
}

TEST_CASE("a place to resume from has an epoch and an offset, also as digits in a string") {
  auto point = read_resume_point(R"({"offset":"18446744073709551615","epoch":"\u00e9","x":[]})");
  REQUIRE(point);
  CHECK(point->epoch == "\u00e9");
  CHECK(point->offset == 18'446'744'073'709'551'615u);
  for (const char* text :
       {"", "[]", "{}", R"({"epoch":"e"})", R"({"offset":1})", R"({"epoch":"","offset":1})",
        R"({"epoch":"e","offset":-1})", R"({"epoch":"e","offset":1.5})",
        R"({"epoch":"e","offset":1e3})", R"({"epoch":"e","offset":""})",
        R"({"epoch":"e","offset":" 1"})", R"({"epoch":"e","offset":null})",
        R"({"epoch":"e","offset":18446744073709551616})", R"({"epoch":7,"offset":1})",
        R"({"epoch":"e","offset":1} x)"}) {
    CAPTURE(text);
    CHECK_FALSE(read_resume_point(text));
  }
}

TEST_CASE("a string member is found unescaped, or is empty") {
  CHECK(string_member(R"({"a":1,"token":"x\ny"})", "token") == "x\ny");
  CHECK(string_member(R"({"token":"first","token":"last"})", "token") == "last");
  for (const char* text : {"", "[]", "null", "{}", R"({"token":7})", R"({"token":null})",
                           R"({"a":{"token":"x"}})", R"({"token":"x")", R"({"token":"\q"})"}) {
    CAPTURE(text);
    CHECK(string_member(text, "token") == "");
  }
}

}  // namespace
}  // namespace marquee::gateway
