// Any bytes as a request's target and as the header values that the gateway reads: first line the
// target, then one header value a line.
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/header_values.h"
#include "gateway/target.h"
#include "tests/fuzz/require.h"

using namespace marquee::gateway;
using marquee::fuzz::require;

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_target(std::string_view method, std::string_view text) {
  Target target;
  if (parse_target(method, text, target) != TargetError::kNone) return;
  require(!target.path.empty(), "a target has a path");
  require(target.path == "*" || target.path.front() == '/', "a path is absolute");
  require(target.path.find('?') == std::string_view::npos, "a path has no query");
  require(target.path == "/" || lies_in(target.path, text), "a path is part of the target");
  require(lies_in(target.query, text), "a query is part of the target");
  std::string link = next_page_link(target, text);
  require(link.find_first_of("\r\n") == std::string::npos, "a link is one line");
  require(link.find('>') == link.rfind('>'), "a link ends once");
  Target next;
  std::string_view next_text = std::string_view(link).substr(1, link.find('>') - 1);
  auto again = parse_target("GET", next_text, next);
  require(again != TargetError::kMalformed || target.path == "*", "a link can be followed");
}

void check_value(std::string_view text) {
  require(lies_in(trim(text), text), "what is trimmed is a part");
  require(lies_in(bearer_token(text), text), "a token is a part");
  require(lies_in(cookie_value(text, "access_token"), text), "a cookie is a part");
  accepts_gzip(text);
  is_json(text);
  if (text.find('"') == std::string_view::npos && text.find('*') == std::string_view::npos) {
    require(!names_etag(text, "tag"), "a tag has quotes");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view target = input.substr(0, input.find('\n'));
  check_target("GET", target);
  check_target("OPTIONS", target);
  while (!input.empty()) {
    auto end = input.find('\n');
    check_value(input.substr(0, end));
    input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  }
  return 0;
}
