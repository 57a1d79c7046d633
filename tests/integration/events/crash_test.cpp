// Replicas die by SIGKILL at each step of their work, under load.
#include <csignal>

#include "libs/testing/paths.h"
#include "tests/catch.h"
#include "tests/integration/events/suite.h"

namespace marquee::events::testing {
namespace {

using namespace std::chrono_literals;
using marquee::testing::Process;

constexpr char kCrashing[] = "crashing";

std::unique_ptr<Process> replica(const Suite& suite, const std::string& role, int step, int times) {
  return std::make_unique<Process>(std::vector<std::string>{
      marquee::testing::binary_dir() + "/bin/events_replica", role, suite.url, suite.nats.url(),
      suite.config.stream, std::to_string(step), std::to_string(times)});
}

bool was_killed(Process& process) {
  return process.wait(60s) == 128 + SIGKILL;
}

TEST_CASE("a relay that dies at any step loses nothing and doubles nothing") {
  Suite suite;
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  Load load(suite);
  for (int step = 0; step <= static_cast<int>(Relay::Step::kCommitted); ++step) {
    for (int times : {1, 3}) {
      CAPTURE(step, times);
      auto relay = replica(suite, "relay", step, times);
      // A second one takes over in the middle.
      auto other = replica(suite, "relay", step, times + 1);
      REQUIRE(load.more(20));
      REQUIRE(was_killed(*relay));
      REQUIRE(was_killed(*other));
    }
  }
  load.stop();
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  REQUIRE(suite.all_heard("one"));
  CHECK(each_once(suite.effects("one"), suite.facts()));
  // In the order of the commits.
  CHECK(suite.stream() == suite.facts());
}

TEST_CASE("a consumer that dies at any step handles everything once") {
  const std::string role = GENERATE("consumer", "consumer-of-many");
  CAPTURE(role);
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Load load(suite);
  for (int step = 0; step <= static_cast<int>(Consumer::Step::kAcked); ++step) {
    for (int times : {1, 5}) {
      CAPTURE(step, times);
      auto member = replica(suite, role, step, times);
      auto other = replica(suite, role, step, times + 1);
      REQUIRE(load.more(20));
      REQUIRE(was_killed(*member));
      REQUIRE(was_killed(*other));
    }
  }
  load.stop();
  auto survivor = replica(suite, role, 0, 0);
  REQUIRE(suite.all_heard(kCrashing));
  CHECK(each_once(suite.effects(kCrashing), suite.facts()));
  CHECK(suite.count("dead_letters") == 0);
}

}  // namespace
}  // namespace marquee::events::testing
