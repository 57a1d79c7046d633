// What an HTTP request to an Engine.IO path asks for, and the refusals that the protocol has words
// for. Pure functions; any thread. Hostile: any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace marquee::engine_io {

enum class Refusal : std::uint8_t {
  kUnknownTransport = 0,
  kUnknownSession = 1,
  kBadMethod = 2,
  kBadRequest = 3,
  kForbidden = 4,
  kUnsupportedVersion = 5,
};

// The status code of the answer, and its body {"code":...,"message":...}.
int status_of(Refusal refusal);
std::string_view body_of(Refusal refusal);

enum class Ask : std::uint8_t {
  kPreflight,      // OPTIONS
  kOpenPolling,    // a GET without sid
  kOpenWebSocket,  // an upgrade without sid
  kPoll,           // a GET with sid
  kPost,           // a POST with sid
  kUpgrade,        // an upgrade with sid
  kRefused,
};

struct Request {
  Ask ask = Ask::kRefused;
  Refusal refusal = Refusal::kBadRequest;
  std::string_view sid;  // a view into the query
};

// `query`: without '?'. `upgrade`: it asks for a WebSocket.
Request examine(std::string_view method, std::string_view query, bool upgrade);

// The value of the first parameter of that name, as it was sent; empty when there is none.
std::string_view query_value(std::string_view query, std::string_view name);

}  // namespace marquee::engine_io
