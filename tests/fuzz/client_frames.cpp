// Any bytes as what a client says on a call stream: what the server reads of it must be what
// protobuf reads.
#include <cstdint>
#include <string>
#include <vector>

#include "libs/rpc/stream_frames.h"
#include "marquee/api/call_stream.pb.h"
#include "tests/fuzz/require.h"

using namespace marquee;
using Item = rpc::ClientFramesReader::Item;
using fuzz::require;

namespace {

void check_start(const rpc::StartFrame& start, std::string_view whole) {
  for (std::string_view part :
       {start.method, start.caller, start.request_id, start.traceparent, start.payload}) {
    require(part.empty() || (part.data() >= whole.data() &&
                             part.data() + part.size() <= whole.data() + whole.size()),
            "a view is part of the message");
  }
}

void compare(const rpc::StartFrame& ours, const api::CallStart& theirs) {
  require(ours.call_id == theirs.call_id(), "the same call");
  require(ours.method == theirs.method(), "the same method");
  require(ours.timeout_ms == theirs.timeout_ms(), "the same time");
  require(ours.caller == theirs.caller(), "the same caller");
  require(ours.request_id == theirs.request_id(), "the same request");
  require(ours.traceparent == theirs.traceparent(), "the same trace");
  require(ours.fresh == theirs.fresh(), "as fresh");
  require(ours.payload == theirs.payload(), "the same payload");
}

// What we write is read back as it was.
void rewrite(const std::vector<rpc::StartFrame>& starts,
             const std::vector<std::uint64_t>& cancels) {
  std::string bytes;
  for (const auto& start : starts) rpc::append_start(bytes, start);
  for (auto cancel : cancels) rpc::append_cancel(bytes, cancel);
  rpc::ClientFramesReader reader(bytes);
  std::size_t starts_read = 0;
  std::size_t cancels_read = 0;
  for (Item item = reader.next(); item != Item::kFinished; item = reader.next()) {
    require(item == Item::kStart || item == Item::kCancel, "only what was written");
    if (item == Item::kStart) {
      require(reader.start.payload == starts[starts_read++].payload, "the payload written");
    } else {
      require(reader.cancel == cancels[cancels_read++], "the cancel written");
    }
  }
  require(starts_read == starts.size() && cancels_read == cancels.size(), "all that was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<rpc::StartFrame> starts;
  std::vector<std::uint64_t> cancels;
  std::uint64_t ping = 0;
  rpc::ClientFramesReader reader(bytes);
  Item item = reader.next();
  for (; item != Item::kFinished && item != Item::kMalformed; item = reader.next()) {
    if (item == Item::kPing) ping = reader.ping;
    if (item == Item::kCancel) cancels.push_back(reader.cancel);
    if (item != Item::kStart) continue;
    check_start(reader.start, bytes);
    starts.push_back(reader.start);
  }
  require(reader.next() == Item::kFinished, "the end stays the end");
  rewrite(starts, cancels);

  api::ClientFrames theirs;
  if (item == Item::kMalformed || !theirs.ParseFromArray(data, static_cast<int>(size))) return 0;
  require(starts.size() == static_cast<std::size_t>(theirs.starts_size()), "as many starts");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    compare(starts[i], theirs.starts(static_cast<int>(i)));
  }
  require(
      std::equal(cancels.begin(), cancels.end(), theirs.cancels().begin(), theirs.cancels().end()),
      "the same cancels");
  require(ping == theirs.ping(), "the same ping");
  return 0;
}
