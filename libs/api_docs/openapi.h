// The OpenAPI 3.1 document of the public API, made of the descriptors, their options and their
// comments: what the route table serves is what it says. Made once at start; any thread.
//
//   auto document = api_docs::openapi(table, settings);
//   std::string bytes = document.dump();
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libs/api_docs/settings.h"

namespace marquee::transcode {
class RouteTable;
}

namespace marquee::api_docs {

// The descriptors must have been compiled with source info; without it there are no texts.
nlohmann::ordered_json openapi(const transcode::RouteTable& table, const Settings& settings);

}  // namespace marquee::api_docs
