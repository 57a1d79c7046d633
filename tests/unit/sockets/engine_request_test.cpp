#include "libs/engine_io/request.h"
#include "tests/catch.h"

namespace marquee::engine_io {
namespace {

Refusal refusal_of(std::string_view method, std::string_view query, bool upgrade = false) {
  auto request = examine(method, query, upgrade);
  CHECK(request.ask == Ask::kRefused);
  return request.refusal;
}

TEST_CASE("engine.io: what a request asks for") {
  CHECK(examine("GET", "EIO=4&transport=polling", false).ask == Ask::kOpenPolling);
  CHECK(examine("GET", "EIO=4&transport=polling&t=x1", false).ask == Ask::kOpenPolling);
  CHECK(examine("GET", "EIO=4&transport=websocket", true).ask == Ask::kOpenWebSocket);
  CHECK(examine("GET", "EIO=4&transport=polling&sid=a", false).ask == Ask::kPoll);
  CHECK(examine("POST", "EIO=4&transport=polling&sid=a", false).ask == Ask::kPost);
  CHECK(examine("GET", "EIO=4&transport=websocket&sid=a", true).ask == Ask::kUpgrade);
  CHECK(examine("GET", "EIO=4&transport=websocket&sid=a", true).sid == "a");
  CHECK(examine("OPTIONS", "EIO=4&transport=polling", false).ask == Ask::kPreflight);
}

TEST_CASE("engine.io: refusals") {
  CHECK(refusal_of("GET", "EIO=4") == Refusal::kUnknownTransport);
  CHECK(refusal_of("GET", "EIO=4&transport=abc") == Refusal::kUnknownTransport);
  CHECK(refusal_of("GET", "EIO=abc&transport=polling") == Refusal::kUnsupportedVersion);
  CHECK(refusal_of("GET", "EIO=3&transport=polling") == Refusal::kUnsupportedVersion);
  CHECK(refusal_of("GET", "transport=websocket", true) == Refusal::kUnsupportedVersion);
  CHECK(refusal_of("POST", "EIO=4&transport=polling") == Refusal::kBadMethod);
  CHECK(refusal_of("PUT", "EIO=4&transport=polling&sid=a") == Refusal::kBadRequest);
  CHECK(refusal_of("GET", "EIO=4&transport=websocket") == Refusal::kBadRequest);
  CHECK(refusal_of("GET", "EIO=4&transport=polling", true) == Refusal::kBadRequest);
  CHECK(status_of(Refusal::kForbidden) == 403);
  CHECK(status_of(Refusal::kUnknownSession) == 400);
  CHECK(body_of(Refusal::kUnsupportedVersion) ==
        R"({"code":5,"message":"Unsupported protocol version"})");
}

TEST_CASE("engine.io: query values") {
  CHECK(query_value("a=1&b=2&a=3", "a") == "1");
  CHECK(query_value("ab=1&b=2", "b") == "2");
  CHECK(query_value("b&b=2", "b") == "2");
  CHECK(query_value("b=", "b").empty());
  CHECK(query_value("", "b").empty());
}

}  // namespace
}  // namespace marquee::engine_io
