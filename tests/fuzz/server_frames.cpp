// Any bytes as what a server says on a call stream: what the gateway reads of it must be what
// protobuf reads.
#include <cstdint>
#include <string>
#include <vector>

#include "libs/rpc/stream_frames.h"
#include "marquee/api/call_stream.pb.h"
#include "tests/fuzz/require.h"

using namespace marquee;
using Item = rpc::ServerFramesReader::Item;
using fuzz::require;

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_end(const rpc::EndFrame& end, std::string_view bytes) {
  for (std::string_view part : {end.payload, end.message, end.error, end.collect}) {
    require(lies_in(part, bytes), "a view is part of the message");
  }
  require(end.has_error || end.error.empty(), "an error is there or not");
}

void compare(const rpc::EndFrame& ours, const api::CallEnd& theirs) {
  require(ours.call_id == theirs.call_id(), "the same call");
  require(ours.code == theirs.code(), "the same code");
  require(ours.payload == theirs.payload(), "the same payload");
  require(ours.message == theirs.message(), "the same message");
  require(ours.collect == theirs.collect(), "the same name");
  require(ours.has_error == theirs.has_error(), "an error in both");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<rpc::EndFrame> ends;
  std::uint64_t pong = 0;
  bool draining = false;
  rpc::ServerFramesReader reader(bytes);
  Item item = reader.next();
  for (; item != Item::kFinished && item != Item::kMalformed; item = reader.next()) {
    if (item == Item::kPong) pong = reader.pong;
    if (item == Item::kDraining) draining = true;
    if (item != Item::kEnd) continue;
    check_end(reader.end, bytes);
    ends.push_back(reader.end);
  }
  require(reader.next() == Item::kFinished, "the end stays the end");

  api::ServerFrames theirs;
  if (item == Item::kMalformed || !theirs.ParseFromArray(data, static_cast<int>(size))) return 0;
  require(ends.size() == static_cast<std::size_t>(theirs.ends_size()), "as many ends");
  for (std::size_t i = 0; i < ends.size(); ++i) compare(ends[i], theirs.ends(static_cast<int>(i)));
  require(pong == theirs.pong(), "the same pong");
  // Once said it cannot be taken back.
  require(draining || !theirs.draining(), "draining is heard");
  return 0;
}
