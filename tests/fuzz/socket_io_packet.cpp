// Any bytes as a Socket.IO packet: what is taken for one must have views into the text, and must
// read back the same when it is put together again.
#include <cstdint>

#include "libs/socket_io/decoder.h"
#include "libs/socket_io/packet.h"
#include "libs/transcode/json_reader.h"
#include "tests/fuzz/require.h"

using namespace marquee::socket_io;
using marquee::fuzz::require;

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const Decoder::Limits limits{{4}, 1024};
  auto packet = decode(text, limits.packet);
  Decoder decoder(limits);
  auto progress = decoder.take(text, false);
  if (!packet) {
    require(progress == Decoder::Progress::kFault, "the decoder agrees");
    return 0;
  }
  require(packet->attachments <= limits.packet.attachments_max, "attachments are bounded");
  require(lies_in(packet->event, text) && lies_in(packet->data, text), "views lie in the text");
  require(packet->nsp.starts_with('/') && packet->nsp.size() <= kNamespaceBytesMax,
          "a namespace is one");
  const bool list = packet->type != PacketType::kConnect && packet->type != PacketType::kDisconnect;
  const std::string array = '[' + std::string(packet->data) + ']';
  require(!list || marquee::transcode::is_json(array, kDepthMax + 1), "arguments are JSON");

  for (std::size_t i = 0; i < packet->attachments; ++i) {
    require(progress == Decoder::Progress::kNeedsMore, "attachments are waited for");
    progress = decoder.take("x", true);
  }
  require(progress == Decoder::Progress::kPacket, "and then it is whole");
  require(decoder.take("x", true) == Decoder::Progress::kFault, "and needs no more");

  const std::string name = event_name(*packet);
  std::string again;
  encode({packet->type, packet->attachments, packet->nsp, packet->id, name, packet->data}, again);
  auto copy = decode(again, limits.packet);
  require(copy && copy->type == packet->type && copy->nsp == packet->nsp &&
              copy->id == packet->id && copy->attachments == packet->attachments &&
              copy->data == packet->data && event_name(*copy) == name,
          "what was written reads back");
  return 0;
}
