// Frames of call streams as bytes. A ServerFrames message is the concatenation of what these
// return, so that each can be made apart and all of a moment sent as one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "libs/core/error.h"

namespace marquee::rpc {

// ServerFrames with one CallEnd that holds `reply`, serialised once. `reply_bytes` is its
// ByteSizeLong(), called just before.
std::string reply_frame(std::uint64_t call_id, const google::protobuf::Message& reply,
                        std::size_t reply_bytes);
// ServerFrames with one CallEnd of a failure.
std::string failure_frame(std::uint64_t call_id, const Error& error);
// ServerFrames with one CallEnd whose reply is to be collected.
std::string collect_frame(std::uint64_t call_id, const std::string& name);

}  // namespace marquee::rpc
