// Any bytes as a JSON body. What is accepted parses as protobuf, is written as JSON again, and from
// then on stays as it is.
#include <cstdint>

#include "libs/transcode/json_reader.h"
#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"
#include "tests/fuzz/require.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace {

using namespace marquee::transcode;
using marquee::fuzz::require;

std::string write(const MessagePlan& plan, const std::string& wire) {
  std::string json;
  ReplyMarks marks;
  require(write_reply(plan, wire, {}, json, marks), "encoded wire can be written");
  require(is_json(json, 100), "what is written is JSON");
  return json;
}

template <typename Message>
void check(const char* name, std::string_view json) {
  const MessagePlan& plan = test_plan(name);
  std::string wire = "head";
  if (auto error = encode_json(plan, json, wire)) {
    require(wire == "head", "an error leaves the wire as it was");
    require(!error->reason.empty() && !error->message.empty(), "an error says what it is");
    require(is_utf8(error->message) && is_utf8(error->field), "an error is text");
    return;
  }
  wire.erase(0, 4);
  Message message;
  require(message.ParseFromString(wire), "accepted JSON makes parseable wire");
  std::string first = write(plan, wire);
  std::string again;
  require(!encode_json(plan, first, again), "written JSON is accepted");
  std::string second = write(plan, again);
  require(first == second, "JSON stays as it is");
  std::string third;
  require(!encode_json(plan, second, third) && again == third, "wire stays as it is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view json(reinterpret_cast<const char*>(data), size);
  check<marquee::testapi::v1::Everything>("Everything", json);
  check<marquee::testapi::v1::SaveFilmRequest>("SaveFilmRequest", json);
  return 0;
}
