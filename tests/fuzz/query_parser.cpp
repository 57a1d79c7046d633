// Any bytes as a query: split and decoded alone, and read into a request.
#include <cstdint>

#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"
#include "tests/fuzz/require.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

using namespace marquee::transcode;
using marquee::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view query(reinterpret_cast<const char*>(data), size);
  std::vector<std::pair<std::string, std::string>> pairs;
  bool good = parse_query(query, pairs);
  if (good) {
    for (const auto& [name, value] : pairs) {
      require(is_utf8(name) && is_utf8(value), "names and values are text");
    }
  }
  static const RouteTable table(test_api());
  static const RouteMatch match = table.match("GET", "/films");
  std::string wire;
  auto error = encode_request(*match.route, match.values, query, {}, wire);
  if (error) {
    require(wire.empty(), "an error leaves the wire as it was");
    return 0;
  }
  require(good, "a query that is read can be split");
  marquee::testapi::v1::SaveFilmRequest request;
  require(request.ParseFromString(wire), "a query makes parseable wire");
  return 0;
}
