#include "gateway/access_log.h"

#include <condition_variable>

#include <nlohmann/json.hpp>

#include "gateway/per_core.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

// An I/O thread that logs `count` requests.
void log_some(AccessLog& log, std::size_t core, int count) {
  std::thread([&] {
    set_this_core(core);
    Exchange x;
    x.head.method = "G\"T";
    x.request_id = "id-7";
    x.answer.status = 204;
    x.cache = CacheUse::kHit;
    x.caller.user_id = 42;
    x.client = net::ip::make_address("192.0.2.1");
    x.trace = Trace::continued("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    for (int i = 0; i < count; ++i) log.add(x, std::chrono::microseconds(1500));
  }).join();
}

std::vector<nlohmann::json> parse(const std::string& lines) {
  std::vector<nlohmann::json> all;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    all.push_back(nlohmann::json::parse(line));
  }
  return all;
}

TEST_CASE("every request is one line of JSON, whichever thread answered it") {
  std::string written;
  {
    AccessLog log(2, [&](std::string_view lines) { written.append(lines).append("\n"); });
    log_some(log, 0, 3);
    log_some(log, 1, 2);
    log_some(log, kNoCore, 1);
  }
  auto lines = parse(written);
  REQUIRE(lines.size() == 5);
  for (const auto& line : lines) {
    CHECK(line["level"] == "info");
    CHECK(line["service"] == "gateway");
    CHECK(line["message"] == "request");
    CHECK(line["method"] == "G\"T");
    CHECK(line["route"] == "-");
    CHECK(line["status"] == 204);
    CHECK(line["duration_us"] == 1500);
    CHECK(line["cache"] == "hit");
    CHECK(line["user"] == 42);
    CHECK(line["ip"] == "192.0.2.1");
    CHECK(line["request_id"] == "id-7");
    CHECK(line["trace_id"] == "0af7651916cd43dd8448eb211c80319c");
    CHECK(line["parent_id"] == "b7ad6b7169203331");
    CHECK(line["span_id"].get<std::string>().size() == 16);
    CHECK(line["bytes"] == 0);  // a 204 has none
    CHECK_FALSE(line.contains("upstream"));
    CHECK(line["time"].get<std::string>().size() == 24);
  }
}

TEST_CASE("whoever reads the log slowly holds nobody up, and hears what is missing") {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  std::string written;
  constexpr int kRequests = 20'000;
  {
    AccessLog log(1, [&](std::string_view lines) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return open; });
      written.append(lines).append("\n");
    });
    log_some(log, 0, kRequests);
    std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  std::int64_t kept = 0;
  std::int64_t missing = 0;
  for (const auto& line : parse(written)) {
    if (line["message"] == "request") {
      ++kept;
    } else {
      CHECK(line["level"] == "warn");
      missing += line["count"].get<std::int64_t>();
    }
  }
  CHECK(missing > 0);
  CHECK(kept + missing == kRequests);
}

}  // namespace
}  // namespace marquee::gateway
