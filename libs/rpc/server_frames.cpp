#include "libs/rpc/server_frames.h"

#include <google/protobuf/io/coded_stream.h>

#include "libs/rpc/status.h"
#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc {
namespace {

using google::protobuf::io::CodedOutputStream;

// Tags of the fields that every answer has (number << 3 | wire type).
constexpr std::uint8_t kEndsTag = api::ServerFrames::kEndsFieldNumber << 3 | 2;
constexpr std::uint8_t kCallIdTag = api::CallEnd::kCallIdFieldNumber << 3 | 0;
constexpr std::uint8_t kPayloadTag = api::CallEnd::kPayloadFieldNumber << 3 | 2;

}  // namespace

std::string reply_frame(std::uint64_t call_id, const google::protobuf::Message& reply,
                        std::size_t reply_bytes) {
  const auto reply_size = static_cast<std::uint32_t>(reply_bytes);
  const std::size_t end_bytes = 1 + CodedOutputStream::VarintSize64(call_id) + 1 +
                                CodedOutputStream::VarintSize32(reply_size) + reply_bytes;
  const auto end_size = static_cast<std::uint32_t>(end_bytes);
  std::string frame(1 + CodedOutputStream::VarintSize32(end_size) + end_bytes, '\0');
  auto* to = reinterpret_cast<std::uint8_t*>(frame.data());
  *to++ = kEndsTag;
  to = CodedOutputStream::WriteVarint32ToArray(end_size, to);
  *to++ = kCallIdTag;
  to = CodedOutputStream::WriteVarint64ToArray(call_id, to);
  *to++ = kPayloadTag;
  to = CodedOutputStream::WriteVarint32ToArray(reply_size, to);
  reply.SerializeWithCachedSizesToArray(to);
  return frame;
}

std::string failure_frame(std::uint64_t call_id, const Error& error) {
  api::ServerFrames frames;
  auto& end = *frames.add_ends();
  end.set_call_id(call_id);
  end.set_code(static_cast<std::uint32_t>(error.code()));
  end.set_message(error.message());
  fill_error_detail(error, *end.mutable_error());
  return frames.SerializeAsString();
}

std::string collect_frame(std::uint64_t call_id, const std::string& name) {
  api::ServerFrames frames;
  auto& end = *frames.add_ends();
  end.set_call_id(call_id);
  end.set_collect(name);
  return frames.SerializeAsString();
}

}  // namespace marquee::rpc
