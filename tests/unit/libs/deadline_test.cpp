#include "libs/core/deadline.h"

#include <future>
#include <thread>

#include "tests/catch.h"

namespace marquee {
namespace {

using namespace std::chrono_literals;

Deadline::Time in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

TEST_CASE("time left is never negative, and nothing once cancelled") {
  CHECK(time_left(in(-5s)) == 0ms);
  CHECK(time_left(in(10s)) > 9s);
  auto cancellation = std::make_shared<Cancellation>();
  Deadline deadline(in(10s), cancellation);
  CHECK(time_left(deadline) > 9s);
  CHECK(time_left(deadline.within(1s)) <= 1s);
  cancellation->cancel();
  CHECK(time_left(deadline) == 0ms);
  CHECK(time_left(deadline.within(1s)) == 0ms);
  CHECK(deadline.cancelled());
}

TEST_CASE("a hook runs once: when cancelled, or at once when it was") {
  Cancellation cancellation;
  int runs = 0;
  {
    Cancellation::Hook gone(&cancellation, [&] { runs += 100; });
  }
  Cancellation::Hook hook(&cancellation, [&] { ++runs; });
  cancellation.cancel();
  cancellation.cancel();
  CHECK(runs == 1);
  Cancellation::Hook late(&cancellation, [&] { ++runs; });
  CHECK(runs == 2);
  Cancellation::Hook nobody(nullptr, [&] { ++runs; });
  CHECK(runs == 2);
}

TEST_CASE("a hook's end waits for it to have run") {
  for (int i = 0; i < 200; ++i) {
    Cancellation cancellation;
    std::promise<void> hooked;
    std::thread canceller([&] {
      hooked.get_future().wait();
      cancellation.cancel();
    });
    auto owned = std::make_unique<int>(0);
    {
      Cancellation::Hook hook(&cancellation, [&] { ++*owned; });
      hooked.set_value();
    }
    owned.reset();  // AddressSanitizer tells when the hook came later
    canceller.join();
  }
}

}  // namespace
}  // namespace marquee
