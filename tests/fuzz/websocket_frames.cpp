// Any bytes as what a WebSocket client sends: read at once and in pieces (the first byte says how
// large), the same must come of it, within the limits.
#include <cstdint>
#include <string>
#include <vector>

#include "libs/websocket/message_reader.h"
#include "tests/fuzz/require.h"

using namespace marquee::websocket;
using marquee::fuzz::require;
using Event = MessageReader::Event;

namespace {

constexpr MessageReader::Limits kLimits{1000, 8};

std::vector<std::string> read(std::string_view bytes, std::size_t step) {
  MessageReader reader(kLimits);
  std::vector<std::string> seen;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string piece(bytes.substr(at, step));
    char* p = piece.data();
    char* const end = p + piece.size();
    for (Event event; (event = reader.next(p, end)) != Event::kNeedsMore;) {
      require(p <= end, "no more is read than there is");
      require(reader.data().size() <= kLimits.message_bytes_max, "a message is bounded");
      std::string line = std::to_string(static_cast<int>(event));
      if (event == Event::kFault || event == Event::kClose) {
        line += ':' + std::to_string(static_cast<int>(reader.code()));
      }
      if (event != Event::kFault) line.append(":").append(reader.data());
      if (event == Event::kMessage && !reader.is_binary()) {
        require(is_utf8(reader.data()), "text is UTF-8");
      }
      seen.push_back(line);
    }
    require(p == end, "all is read");
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 32 + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(read(bytes, bytes.size() + 1) == read(bytes, step), "pieces do not matter");
  return 0;
}
