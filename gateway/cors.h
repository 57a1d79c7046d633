// Which origins may call from a browser (contract/README 8), and which unsafe calls that carry the
// session cookie are believed to come from our own pages (15). Immutable, shared by all threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange.h"
#include "libs/core/string_map.h"

namespace marquee::gateway {

class Cors {
 public:
  // `origins`: "https://host[:port]" each, compared exactly. `origin_required`: see
  // Config::cookie_origin_required.
  Cors(const std::vector<std::string>& origins, bool origin_required);

  bool allows(std::string_view origin) const {
    return !origin.empty() && origins_.contains(origin);
  }
  // Adds an allowed origin's permission; that answers vary with the origin, every answer says.
  void add_headers(std::string_view origin, Answer& answer) const;
  // Adds what answers a preflight request besides.
  void add_preflight_headers(std::string_view origin, Answer& answer) const;

  // Whether an unsafe call that is authenticated by cookie may go on.
  bool trusts_cookie_call(const RequestHead& head) const;

 private:
  StringSet origins_;
  bool origin_required_;
};

}  // namespace marquee::gateway
