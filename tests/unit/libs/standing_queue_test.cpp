#include "libs/core/standing_queue.h"

#include <deque>

#include "tests/catch.h"

using marquee::core::StandingQueue;
using std::chrono::milliseconds;

namespace {

// A server that takes `takes` for each of those who come every `every`, one after the other.
struct Run {
  int served = 0;
  int refused = 0;
  int served_late = 0;                // after more than 100 ms
  StandingQueue::Duration longest{};  // wait of one that was served
};

Run serve(StandingQueue& queue, std::chrono::microseconds every, std::chrono::microseconds takes,
          milliseconds time) {
  Run run;
  const StandingQueue::Time start{std::chrono::hours(1)};
  auto free_at = start;
  for (auto arrives = start; arrives < start + time; arrives += every) {
    const auto begins = std::max(arrives, free_at);
    if (queue.refuses(begins - arrives, begins)) {
      ++run.refused;
      continue;
    }
    ++run.served;
    if (begins - arrives > milliseconds(100)) ++run.served_late;
    run.longest = std::max(run.longest, begins - arrives);
    free_at = begins + takes;
  }
  return run;
}

}  // namespace

TEST_CASE("Five times too much load: as many as can be are served, none after a long wait") {
  StandingQueue queue(milliseconds(100));
  const auto run = serve(queue, std::chrono::microseconds(500), std::chrono::microseconds(2'500),
                         milliseconds(30'000));
  CHECK(run.served >= 11'990);
  CHECK(run.served + run.refused == 60'000);
  // The windows in which nobody knew yet.
  CHECK(run.longest <= milliseconds(200));
  CHECK(run.served_late <= 80);
}

TEST_CASE("What can be served is, whatever the load short of too much") {
  StandingQueue queue(milliseconds(100));
  CHECK(serve(queue, std::chrono::microseconds(2'500), std::chrono::microseconds(2'500),
              milliseconds(10'000))
            .refused == 0);
}

TEST_CASE("A burst that is worked off is let through, and the next one too") {
  StandingQueue queue(milliseconds(100));
  StandingQueue::Time now{std::chrono::hours(1)};
  for (int burst = 0; burst < 3; ++burst, now += milliseconds(500)) {
    // All come at once; the last waits for twice what a queue may.
    for (milliseconds waited{0}; waited < milliseconds(200); waited += milliseconds(10)) {
      CHECK_FALSE(queue.refuses(waited, now + waited));
    }
  }
}

TEST_CASE("A long wait alone says nothing of a queue, nor does an old one") {
  StandingQueue queue(milliseconds(100));
  StandingQueue::Time now{std::chrono::hours(1)};
  CHECK_FALSE(queue.refuses(milliseconds(500), now));
  CHECK_FALSE(queue.refuses(milliseconds(1), now + milliseconds(50)));
  CHECK_FALSE(queue.refuses(milliseconds(500), now + milliseconds(150)));
  // All of the window waited: now a queue stands.
  CHECK(queue.refuses(milliseconds(500), now + milliseconds(300)));
  CHECK_FALSE(queue.refuses(milliseconds(100), now + milliseconds(310)));
  // Until nobody does.
  CHECK_FALSE(queue.refuses(milliseconds(5), now + milliseconds(450)));
  CHECK_FALSE(queue.refuses(milliseconds(5), now + milliseconds(600)));
  CHECK_FALSE(queue.refuses(milliseconds(500), now + milliseconds(750)));
}

TEST_CASE("Without a bound nothing is refused") {
  StandingQueue queue(milliseconds(0));
  const auto run = serve(queue, std::chrono::microseconds(500), std::chrono::microseconds(2'500),
                         milliseconds(5'000));
  CHECK(run.refused == 0);
}
