#include "gateway/admission.h"

#include <queue>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using namespace std::chrono_literals;
using Importance = Admission::Importance;
using Time = Admission::Time;

// A service that answers one call after the other, `cost` each, and as many callers as are wanted
// who come again as soon as they are answered, or after 1 ms when they were refused.
struct Simulation {
  Admission admission{10'000};
  std::chrono::microseconds cost{1'000};
  Time now{};
  Time service_free{};
  int answered = 0;
  int refused = 0;
  std::chrono::microseconds slowest{0};

  struct Event {
    Time at;
    Time began;  // of a call that ends; else somebody asks
    bool operator<(const Event& other) const { return at > other.at; }
  };
  std::priority_queue<Event> events;

  void add_callers(int count) {
    for (int i = 0; i < count; ++i) events.push({now + std::chrono::microseconds(i), {}});
  }

  // Unhurried first, then until the limit is found.
  void overload() {
    now += 1s;
    add_callers(2);
    run(2s);
    add_callers(400);
    run(5s);
  }

  void ask() {
    if (!admission.admit(Importance::kUsual, now)) {
      ++refused;
      events.push({now + 1ms, {}});
      return;
    }
    service_free = std::max(service_free, now) + cost;
    events.push({service_free, now});
  }

  void run(std::chrono::milliseconds time) {
    answered = refused = 0;
    slowest = 0us;
    const Time until = now + time;
    while (!events.empty() && events.top().at < until) {
      Event event = events.top();
      events.pop();
      now = event.at;
      if (event.began != Time{}) {
        auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - event.began);
        slowest = std::max(slowest, took);
        admission.ended(true, now - event.began, now);
        ++answered;
      }
      ask();
    }
    now = until;
  }
};

TEST_CASE("a service that keeps up is never held back") {
  Simulation simulation;
  simulation.now += 1s;
  simulation.add_callers(3);
  simulation.run(10s);
  CHECK(simulation.refused == 0);
  CHECK(simulation.admission.limit() >= 3);
}

TEST_CASE("an overloaded service goes on at full speed, and what is let in does not wait long") {
  Simulation simulation;
  simulation.overload();
  simulation.run(10s);
  CHECK(simulation.answered >= 9'900);
  CHECK(simulation.refused > 0);
  CHECK(simulation.slowest < 400ms);
  CHECK(simulation.admission.limit() >= Admission::kLimitMin);
}

TEST_CASE("a service that was slow for a while is used as before") {
  Simulation simulation;
  simulation.now += 1s;
  simulation.add_callers(200);
  simulation.run(5s);
  CHECK(simulation.refused == 0);
  simulation.cost = 10ms;
  simulation.run(20s);
  CHECK(simulation.refused > 0);
  CHECK(simulation.answered >= 1'980);
  simulation.cost = 1ms;
  simulation.run(20s);
  simulation.run(10s);
  CHECK(simulation.refused == 0);
  CHECK(simulation.answered >= 9'900);
}

TEST_CASE("what is important is let in when others are not, and bounded too") {
  Simulation simulation;
  simulation.overload();
  Admission& admission = simulation.admission;
  CHECK(admission.limit() < 400);
  int usual = 0;
  while (admission.admit(Importance::kUsual, simulation.now)) ++usual;
  int high = 0;
  while (admission.admit(Importance::kHigh, simulation.now)) ++high;
  CHECK(high >= admission.limit() / 2);
  CHECK(high < admission.limit() * 2);
  const int in_flight = admission.in_flight();
  for (int i = 0; i < in_flight; ++i) admission.ended(false, 0s, simulation.now);
  CHECK(admission.in_flight() == 0);

  Admission full(200);
  usual = 0;
  while (full.admit(Importance::kUsual, simulation.now)) ++usual;
  CHECK(usual == 200);
  CHECK_FALSE(full.admit(Importance::kHigh, simulation.now));
}

}  // namespace
}  // namespace marquee::gateway
