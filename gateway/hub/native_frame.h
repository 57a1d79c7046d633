// What a client says on a native WebSocket: one JSON object a frame,
// {"event":"join_notification","data":{...},"id":7,"resume":{"epoch":"...","offset":12}}, of which
// only `event` must be there. Pure function; any thread.
//
// Security posture: hostile bytes, read without a DOM, nested at most 32 levels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/hub/socket_command.h"

namespace marquee::gateway {

struct NativeFrame {
  SocketCommand command;
  std::string fault;  // for people; not empty: it is no command
};

NativeFrame read_native_frame(std::string_view text);

// The string member of a JSON object, unescaped; empty when it is not there or no string.
std::string string_member(std::string_view json, std::string_view name);
// {"epoch":"...","offset":12} or a string of digits as offset; nothing when it is neither.
std::optional<ResumePoint> read_resume_point(std::string_view json);

}  // namespace marquee::gateway
