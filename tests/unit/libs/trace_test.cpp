#include "libs/core/trace.h"

#include <set>
#include <string>

#include "libs/core/call_context.h"
#include "libs/core/tally.h"
#include "libs/core/turn.h"
#include "libs/core/turn_pool.h"
#include "tests/catch.h"

namespace marquee {
namespace {

const std::string kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST_CASE("a trace goes on with a span of its own") {
  std::set<std::string> spans;
  for (int i = 0; i < 100; ++i) {
    Trace trace = Trace::continued(kParent);
    CHECK(trace.trace_id() == "0af7651916cd43dd8448eb211c80319c");
    CHECK(trace.parent_id() == "b7ad6b7169203331");
    CHECK(trace.traceparent().substr(52) == "-01");
    CHECK(is_traceparent(trace.traceparent()));
    spans.emplace(trace.span_id());
    // And on the next one of the way.
    Trace next = Trace::continued(trace.traceparent());
    CHECK(next.trace_id() == trace.trace_id());
    CHECK(next.parent_id() == trace.span_id());
    CHECK(next.span_id() != trace.span_id());
  }
  CHECK(spans.size() == 100);
  CHECK(spans.count("b7ad6b7169203331") == 0);
}

TEST_CASE("a later version counts as far as it is understood") {
  std::string later = kParent + "-more";
  later[1] = '1';
  Trace trace = Trace::continued(later);
  CHECK(trace.trace_id() == "0af7651916cd43dd8448eb211c80319c");
  CHECK(trace.traceparent().substr(0, 3) == "00-");
}

TEST_CASE("what is no trace context begins a trace anew") {
  auto changed = [](std::size_t at, const std::string& by) {
    std::string text = kParent;
    return text.replace(at, by.size(), by);
  };
  const std::string none = "0000000000000000";
  for (const std::string& bad :
       {std::string(), std::string("x"), kParent + "-more", kParent + " ", kParent.substr(0, 54),
        changed(0, "ff"), changed(0, "0G"), changed(2, "_"), changed(3, "0AF7"),
        changed(3, none + none), changed(35, "_"), changed(36, none), changed(36, "B"),
        changed(52, "_"), changed(53, "0x"), changed(20, "\r\n"), std::string(55, '\0')}) {
    CAPTURE(bad);
    CHECK_FALSE(is_traceparent(bad));
    Trace trace = Trace::continued(bad);
    CHECK(is_traceparent(trace.traceparent()));
    CHECK(trace.trace_id() != "0af7651916cd43dd8448eb211c80319c");
    CHECK(trace.parent_id().empty());
    CHECK(trace.traceparent().substr(52) == "-00");
  }
}

TEST_CASE("no trace has no text") {
  Trace trace;
  CHECK(trace.empty());
  CHECK(trace.traceparent().empty());
  CHECK(trace.trace_id().empty());
  CHECK(trace.parent_id().empty());
  trace = Trace::continued(kParent);
  trace.clear();
  CHECK(trace.span_id().empty());
}

// Waits for nothing, so that the job goes on when all of the turn have come as far.
class Nothing final : public core::Gathering {
 public:
  void run() noexcept override { seen = CallContext::current(); }
  const CallContext* seen = nullptr;
};

TEST_CASE("a job that waits finds its own call again") {
  constexpr int kJobs = 8;
  std::vector<std::string> ids;
  for (int i = 0; i < kJobs; ++i) ids.push_back("id-" + std::to_string(i));
  std::vector<std::string> seen(kJobs);
  std::vector<bool> outside(kJobs, true);
  auto gathering = std::make_shared<Nothing>();
  {
    core::TurnPool pool("test", 1, kJobs);
    std::vector<core::TurnPool::Job> jobs;
    for (std::size_t i = 0; i < kJobs; ++i) {
      jobs.emplace_back([&, i] {
        CallContext context{ids[i], nullptr};
        {
          CallContext::Scope scope(&context);
          core::Turn* turn = core::Turn::current();
          if (!turn->open(&pool)) turn->add(&pool, gathering);
          turn->wait_for(*gathering);
          seen[i] = CallContext::current()->request_id;
        }
        outside[i] = CallContext::current() != nullptr;
      });
    }
    REQUIRE(pool.post(jobs) == kJobs);
  }
  CHECK(seen == ids);
  CHECK(outside == std::vector<bool>(kJobs, false));
  CHECK(gathering->seen == nullptr);
}

TEST_CASE("many threads count into one sum") {
  core::Tally tally;
  core::Durations durations;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) {
        tally.add(j % 2 == 0 ? 3 : -1);
        durations.add(std::chrono::milliseconds(2));
      }
      durations.add(std::chrono::microseconds(100));
      durations.add(std::chrono::minutes(1));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(tally.value() == 20'000);
  const auto reading = durations.read();
  CHECK(reading.counts[0] == 20);  // a bound belongs to its bucket
  CHECK(reading.counts[4] == 20'000);
  CHECK(reading.counts.back() == 20);
  CHECK(std::abs(reading.sum_seconds - (40 + 1'200 + 0.002)) < 1e-6);
}

}  // namespace
}  // namespace marquee
