// What the documents say of the gateway that serves them.
#pragma once

#include <string>
#include <vector>

namespace marquee::api_docs {

struct RateNote {
  std::string name;    // "read"
  unsigned limit = 0;  // calls; 0: unlimited
  unsigned period_s = 0;
};

struct Settings {
  std::string cookie_name = "access_token";
  std::vector<RateNote> rates;
};

}  // namespace marquee::api_docs
