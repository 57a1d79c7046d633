// Any bytes as a frame of a native socket, as a place to resume from and as data with a token: what
// is taken for a command must be one, what goes back to the client of it must be JSON, and it must
// read back the same when it is written again.
#include "gateway/hub/native_frame.h"

#include <cstdint>

#include "libs/transcode/json_reader.h"
#include "libs/transcode/reply_writer.h"
#include "tests/fuzz/require.h"

using namespace marquee::gateway;
using marquee::fuzz::require;
using marquee::transcode::is_json;

namespace {

constexpr int kDepthMax = 32;

std::string quoted(std::string_view text) {
  std::string out;
  require(marquee::transcode::append_json_string(text, out), "text is UTF-8");
  return out;
}

std::string written(const ResumePoint& point) {
  return R"({"epoch":)" + quoted(point.epoch) + R"(,"offset":)" + std::to_string(point.offset) +
         "}";
}

bool same(const ResumePoint& one, const ResumePoint& other) {
  return one.epoch == other.epoch && one.offset == other.offset;
}

void check_resume_point(std::string_view text) {
  const auto point = read_resume_point(text);
  if (!point) return;
  require(is_json(text, kDepthMax), "a place is JSON");
  require(!point->epoch.empty(), "a place has an epoch");
  const auto again = read_resume_point(written(*point));
  require(again && same(*again, *point), "a place reads back");
}

void check_member(std::string_view text) {
  for (std::string_view name : {"token", "event", "pid"}) {
    const std::string value = string_member(text, name);
    const std::string object = '{' + quoted(name) + ':' + quoted(value) + '}';
    require(string_member(object, name) == value, "a member reads back");
  }
}

void check_command(const SocketCommand& command, std::string_view text) {
  require(is_json(text, kDepthMax), "a command is JSON");
  require(!command.event.empty() && command.event.size() <= 64, "an event has a name");
  require(is_json(command.data, kDepthMax), "data is JSON");
  std::string again = R"({"id":)" + (command.id.empty() ? "null" : command.id) + R"(,"event":)" +
                      quoted(command.event) + R"(,"data":)" + command.data;
  if (command.resume) {
    require(!command.resume->epoch.empty(), "a place has an epoch");
    again += R"(,"resume":)" + written(*command.resume);
  }
  const NativeFrame copy = read_native_frame(again + '}');
  require(copy.fault.empty(), "what was written is a command");
  require(copy.command.event == command.event && copy.command.data == command.data &&
              copy.command.id == command.id,
          "and the same");
  require(copy.command.resume.has_value() == command.resume.has_value(), "with its place");
  require(!command.resume || same(*copy.command.resume, *command.resume), "the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const NativeFrame frame = read_native_frame(text);
  const std::string& id = frame.command.id;
  require(id.size() <= 64, "an id is short");
  require(id.empty() ||
              (is_json(id, 1) && (id[0] == '"' || id[0] == '-' || (id[0] >= '0' && id[0] <= '9'))),
          "an id is a number or a string");
  require(frame.fault.empty() || is_json(quoted(frame.fault), 1), "a fault can be told");
  if (frame.fault.empty()) check_command(frame.command, text);
  check_resume_point(text);
  check_member(text);
  return 0;
}
