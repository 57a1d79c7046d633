// Fault 1: one of two gateways is told to end, under load through what behaves as a load balancer.
#include <csignal>
#include <iostream>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/ledger.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;

TEST_CASE("SIGTERM of one of two gateways fails no request") {
  if (without_control()) return;
  Stack stack(2, {}, {}, 2);
  Ledger ledger;
  Load::Options options;
  options.ports = stack.ports();
  options.rate = 300;
  Load load(options, [&](std::uint64_t number) {
    if (number % 10 == 9) return ledger.next(static_cast<std::int64_t>(number));
    Ask ask;
    ask.path = number % 2 == 0 ? "/api/movies/" + std::to_string(number % 250 + 1)
                               : "/api/movies/search?title=w" + std::to_string(number);
    return ask;
  });
  REQUIRE(load.await_more(300));
  let_run(lasting(seconds(1), seconds(10)));

  const auto told = Clock::now();
  stack.gateway(0).signal(SIGTERM);
  const int code = stack.gateway(0).wait(seconds(10));
  const std::chrono::duration<double> gone_after = Clock::now() - told;
  CHECK(load.await_more(300));
  let_run(lasting(seconds(0), seconds(10)));
  const auto outcomes = load.stop();
  tell("SIGTERM", outcomes);
  std::cout << "SIGTERM: the gateway was gone after " << gone_after.count() << " s\n";

  CHECK(code == 0);
  CHECK(kinds(failed(outcomes)) == std::map<std::string, int>());
  CHECK(ledger.faults(outcomes) == "");
}
