// The AsyncAPI 3.0 document of what sockets say and hear, made of the descriptors, their options
// (proto/marquee/api/event.proto) and their comments: an operation for each command, a message for
// each live event. What the hub says by itself is in sockets.json, about all of it in sockets.md.
//
// A message is described once for both protocols: its payload is the data, its headers what else a
// native frame has. Members that AsyncAPI does not know, for our page of the document:
// `x-protocols` (which of the channels has it), `x-native` and `x-socket-io` (its examples as they
// travel), `x-topics`, `x-delivery`, `x-auth`, `x-rate-class`, `x-joins`, `x-leaves`,
// `x-must-have-joined`, `x-errors`, `x-close-codes`, `x-connect`. Made once at start; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libs/api_docs/settings.h"

namespace marquee::transcode {
class Api;
}

namespace marquee::api_docs {

// The descriptors must have been compiled with source info; without it there are no texts.
nlohmann::ordered_json asyncapi(const transcode::Api& api, const Settings& settings);

}  // namespace marquee::api_docs
