// Fault 4: PostgreSQL restarts under load.
#include <csignal>
#include <iostream>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/ledger.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;

TEST_CASE("A restart of PostgreSQL is a short time of 503, and loses no acknowledged write") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  const Settings no_cache = {{"CACHE_BYTES", "0"}};
  Stack stack(2, no_cache, no_cache);
  Ledger ledger;
  Load::Options options;
  options.ports = stack.ports();
  options.rate = 150;
  options.connections_max = 512;
  Load load(options, [&](std::uint64_t number) {
    if (number % 2 == 1) return ledger.next(static_cast<std::int64_t>(number));
    Ask ask;
    ask.path = "/api/movies/" + std::to_string(number % 250 + 1);
    return ask;
  });
  REQUIRE(load.await_more(150));

  const auto began = Clock::now();
  if (full()) {
    REQUIRE(kill(suite.pids()["postgres"], SIGINT) == 0);
    let_run(seconds(10));
  }
  std::string output;
  REQUIRE(suite.command("restart", {"postgres"}, &output) == 0);
  const auto done = Clock::now();
  let_run(seconds(8));
  const auto outcomes = load.stop();
  tell("postgres restart", outcomes);

  auto meanwhile = failed(overlapping(outcomes, began, done + seconds(5)));
  Clock::time_point last = done;
  for (const auto& one : meanwhile) last = std::max(last, one.sent);
  std::cout << "postgres restart: took " << std::chrono::duration<double>(done - began).count()
            << " s; last failed request sent " << std::chrono::duration<double>(last - done).count()
            << " s after it\n";
  CHECK(unclean(meanwhile) == "");
  const auto after = sent_after(outcomes, done + seconds(5));
  CHECK(after.size() > 150);
  CHECK(kinds(failed(after)) == std::map<std::string, int>());
  CHECK(ledger.faults(outcomes) == "");
}
