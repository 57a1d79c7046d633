// Any bytes as a path, for every verb.
#include <cstdint>

#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"
#include "libs/transcode/route_table.h"
#include "tests/fuzz/require.h"
#include "tests/unit/transcode/test_api.h"

namespace {

using namespace marquee::transcode;
using marquee::fuzz::require;
using Outcome = RouteMatch::Outcome;

void check(const RouteTable& table, std::string_view verb, std::string_view path) {
  RouteMatch match = table.match(verb, path);
  std::string allowed = table.allowed(path);
  require((match.outcome == Outcome::kFound) == (match.route != nullptr), "found means a route");
  if (match.outcome != Outcome::kFound) {
    require(match.allow == allowed, "another verb is told the same");
    return;
  }
  require(allowed.find(verb) != std::string::npos, "a verb that is found is allowed");
  require(match.values.size() == match.route->variables.size(), "a value a variable");
  for (const std::string& value : match.values) {
    require(!value.empty() && is_utf8(value), "values are text and never empty");
    require(value.find('\0') == std::string::npos, "values have no NUL");
  }
  std::string wire;
  encode_request(*match.route, match.values, {}, {}, wire);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const RouteTable table(test_api());
  std::string_view path(reinterpret_cast<const char*>(data), size);
  for (const char* verb : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    check(table, verb, path);
  }
  return 0;
}
