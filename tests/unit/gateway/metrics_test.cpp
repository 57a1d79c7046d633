#include "gateway/metrics.h"

#include <cmath>
#include <sstream>
#include <thread>

#include <prometheus/text_serializer.h>

#include "gateway/per_core.h"
#include "libs/ops/live_registry.h"
#include "libs/transcode/api.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

std::string text_of(const Metrics& metrics) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, metrics.registry()->Collect());
  return text.str();
}

TEST_CASE("each thread counts for itself, and the sum is shown") {
  transcode::Api api(embedded::marquee_descriptor_set());
  transcode::RouteTable table(api);
  Metrics metrics(table.routes(), {{"read", 1, Millis(1)}, {"write", 1, Millis(1)}}, 2);
  auto count = [&](std::size_t core, int times) {
    return std::thread([&metrics, core, times] {
      set_this_core(core);
      Exchange x;
      x.answer.status = 404;
      x.cache = CacheUse::kJoined;
      for (int i = 0; i < times; ++i) {
        metrics.request_done(x, std::chrono::milliseconds(2));
        metrics.rate_limited(1);
        metrics.connections(+1);
      }
      metrics.requests_in_flight(+3);
      metrics.calls_in_flight("movie", -1);
      metrics.calls_in_flight("unknown", -1);
      metrics.call_ended("movie", Code::kNotFound, std::chrono::milliseconds(3));
      metrics.call_ended("unknown", Code::kOk, std::chrono::milliseconds(3));
    });
  };
  // Two I/O threads, and two that are none and share a row.
  std::vector<std::thread> threads;
  threads.push_back(count(0, 1'000));
  threads.push_back(count(1, 200));
  threads.push_back(count(kNoCore, 3'000));
  threads.push_back(count(kNoCore, 4'000));
  for (auto& thread : threads) thread.join();
  const std::string text = text_of(metrics);
  const std::vector<std::string> lines = {
      R"(marquee_http_requests_total{method="other",route="other",status="4xx"} 8200)",
      R"(marquee_http_requests_total{method="other",route="other",status="2xx"} 0)",
      R"(marquee_http_request_duration_seconds_count{method="other",route="other"} 8200)",
      R"(marquee_http_request_duration_seconds_bucket{method="other",route="other",le="0.001"} 0)",
      R"(marquee_http_request_duration_seconds_bucket{method="other",route="other",le="0.0025"} 8200)",
      R"(marquee_http_request_duration_seconds_bucket{method="other",route="other",le="+Inf"} 8200)",
      R"(marquee_edge_cache_requests_total{outcome="joined"} 8200)",
      R"(marquee_edge_cache_requests_total{outcome="hit"} 0)",
      R"(marquee_rate_limited_total{class="write"} 8200)",
      "marquee_http_connections 8200",
      "marquee_http_requests_in_flight 12",
      R"(marquee_upstream_calls_in_flight{upstream="movie"} -4)",
      R"(marquee_upstream_calls_total{upstream="movie",code="not_found"} 4)",
      R"(marquee_upstream_calls_total{upstream="movie",code="ok"} 0)",
      R"(marquee_upstream_call_duration_seconds_bucket{upstream="movie",le="0.0025"} 0)",
      R"(marquee_upstream_call_duration_seconds_bucket{upstream="movie",le="0.005"} 4)"};
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(text.find(line + "\n") != std::string::npos);
  }
  const std::string sum =
      R"(marquee_http_request_duration_seconds_sum{method="other",route="other"} )";
  auto at = text.find(sum);
  REQUIRE(at != std::string::npos);
  CHECK(std::lround(std::stod(text.substr(at + sum.size())) * 10) == 164);
}

}  // namespace
}  // namespace marquee::gateway
