#include "libs/engine_io/request.h"

#include <array>

namespace marquee::engine_io {
namespace {

constexpr std::array<std::string_view, 6> kBodies{
    R"({"code":0,"message":"Transport unknown"})",
    R"({"code":1,"message":"Session ID unknown"})",
    R"({"code":2,"message":"Bad handshake method"})",
    R"({"code":3,"message":"Bad request"})",
    R"({"code":4,"message":"Forbidden"})",
    R"({"code":5,"message":"Unsupported protocol version"})",
};

Request refused(Refusal refusal) {
  return {Ask::kRefused, refusal, {}};
}

Request asks(Ask ask, std::string_view sid = {}) {
  return {ask, Refusal::kBadRequest, sid};
}

}  // namespace

int status_of(Refusal refusal) {
  return refusal == Refusal::kForbidden ? 403 : 400;
}

std::string_view body_of(Refusal refusal) {
  return kBodies[static_cast<std::size_t>(refusal)];
}

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() == query.size() ? pair.size() : pair.size() + 1);
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

Request examine(std::string_view method, std::string_view query, bool upgrade) {
  if (method == "OPTIONS") return asks(Ask::kPreflight);
  const std::string_view transport = query_value(query, "transport");
  const bool websocket = transport == "websocket";
  if (!websocket && transport != "polling") return refused(Refusal::kUnknownTransport);
  const std::string_view sid = query_value(query, "sid");
  if (!sid.empty()) {
    // Which transport a session is on, it knows itself.
    if (websocket != upgrade) return refused(Refusal::kBadRequest);
    if (websocket) return asks(method == "GET" ? Ask::kUpgrade : Ask::kRefused, sid);
    if (method == "GET") return asks(Ask::kPoll, sid);
    return method == "POST" ? asks(Ask::kPost, sid) : refused(Refusal::kBadRequest);
  }
  if (method != "GET") return refused(Refusal::kBadMethod);
  if (websocket != upgrade) return refused(Refusal::kBadRequest);
  if (query_value(query, "EIO") != "4") return refused(Refusal::kUnsupportedVersion);
  return asks(websocket ? Ask::kOpenWebSocket : Ask::kOpenPolling);
}

}  // namespace marquee::engine_io
