// Any bytes as what a balancer sends first: read at once and byte by byte, the outcome must be the
// same, whatever follows a header does not matter, and nobody is waited for without end.
#include "gateway/proxy_header.h"

#include <cstdint>
#include <memory>
#include <string_view>

#include "tests/fuzz/require.h"

using marquee::fuzz::require;
using marquee::gateway::ProxyHeader;
using Progress = ProxyHeader::Progress;

namespace {

// From memory of exactly its size.
Progress parse(std::string_view bytes, ProxyHeader& header) {
  auto exact = std::make_unique<char[]>(bytes.size());
  bytes.copy(exact.get(), bytes.size());
  return ProxyHeader::parse({exact.get(), bytes.size()}, header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  ProxyHeader whole;
  Progress outcome = parse(input, whole);
  require(outcome != Progress::kNeedsMore || size < ProxyHeader::kBytesMax, "a header is bounded");
  if (outcome == Progress::kDone) {
    require(whole.bytes > 0 && whole.bytes <= size, "a header lies in what came");
    ProxyHeader alone;
    require(parse(input.substr(0, whole.bytes), alone) == Progress::kDone, "a header stands alone");
    require(alone.bytes == whole.bytes && alone.source == whole.source, "what follows is nothing");
  }
  for (std::size_t part = 0; part < size && part < ProxyHeader::kBytesMax; ++part) {
    ProxyHeader header;
    Progress early = parse(input.substr(0, part), header);
    if (early == Progress::kNeedsMore) continue;
    require(early == outcome, "pieces do not matter");
    require(outcome != Progress::kDone || header.bytes == whole.bytes, "nor where it ends");
    break;
  }
  return 0;
}
