// Any bytes as a service's reply. What is written is JSON; what protobuf cannot parse is mostly
// refused and never harms.
#include <cstdint>

#include "libs/transcode/json_reader.h"
#include "libs/transcode/reply_writer.h"
#include "tests/fuzz/require.h"
#include "tests/unit/transcode/test_api.h"

namespace {

using namespace marquee::transcode;
using marquee::fuzz::require;

void check(const char* name, std::string_view wire, const ReplyOptions& options) {
  std::string json = "head";
  ReplyMarks marks;
  if (!write_reply(test_plan(name), wire, options, json, marks)) {
    require(json == "head", "a refusal leaves the output as it was");
    return;
  }
  require(json.starts_with("head"), "output is appended");
  // raw_json may add 64 levels to the 64 of messages, each of which may hold a list as well.
  require(is_json(std::string_view(json).substr(4), 256), "what is written is JSON");
  require(is_utf8(marks.session_token) && is_utf8(marks.next_cursor), "marks are text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view wire(reinterpret_cast<const char*>(data), size);
  check("Everything", wire, {});
  check("FilmPage", wire, {});
  check("Film", wire, {.success_flag = true, .from_cache = true});
  check("FilmPage", wire, {.only = test_plan("FilmPage").by_name("films"), .success_flag = true});
  return 0;
}
