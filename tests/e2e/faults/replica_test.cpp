// Faults 2 and 3: a replica of three that dies, and one that stops answering, under load.
#include <csignal>
#include <iostream>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/ledger.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

// Two reads that no cache answers, then a write.
Load::Next reads_and_writes(const Ledger& ledger) {
  return [&ledger](std::uint64_t number) {
    if (number % 3 == 2) return ledger.next(static_cast<std::int64_t>(number));
    Ask ask;
    ask.path = number % 3 == 0 ? "/api/movies/" + std::to_string(number % 250 + 1)
                               : "/api/movies/search?title=w" + std::to_string(number);
    return ask;
  };
}

Load::Options at(double rate, const Stack& stack) {
  Load::Options options;
  options.ports = stack.ports();
  options.rate = rate;
  options.connections_max = 256;
  return options;
}

const Settings kNoCache = {{"CACHE_BYTES", "0"}};

}  // namespace

TEST_CASE("kill -9 of a replica under load costs no read, and no write twice") {
  if (without_control()) return;
  Stack stack(3, kNoCache, kNoCache);
  Ledger ledger;
  Load load(at(300, stack), reads_and_writes(ledger));
  REQUIRE(load.await_more(300));
  let_run(lasting(seconds(1), seconds(10)));

  const auto killed = Clock::now();
  stack.movie(1).signal(SIGKILL);
  REQUIRE(stack.movie(1).wait(seconds(5)) == 128 + SIGKILL);
  const auto dead = Clock::now();
  let_run(lasting(seconds(4), seconds(20)));
  const auto outcomes = load.stop();
  tell("kill -9", outcomes);

  const auto writes = with_method(outcomes, "POST");
  const auto failures = failed(writes);
  const auto in_flight = overlapping(writes, killed, dead);
  std::cout << "kill -9: " << in_flight.size() << " writes in flight, " << failures.size()
            << " failed; " << metric(stack.gateway(), "marquee_upstream_retries_total", "movie")
            << " calls retried\n";
  CHECK(kinds(failed(with_method(outcomes, "GET"))) == std::map<std::string, int>());
  CHECK(failures.size() <= in_flight.size());
  CHECK(failed(sent_after(outcomes, killed + seconds(2))).empty());
  CHECK(unclean(failures) == "");
  CHECK(ledger.faults(outcomes) == "");
}

TEST_CASE("A replica that is stopped delays nobody beyond the deadline, and comes back") {
  if (without_control()) return;
  constexpr milliseconds kDeadline{1'500};
  Settings settings = kNoCache;
  settings["DEADLINE_DEFAULT"] = "1500ms";
  Stack stack(3, settings, kNoCache);
  Ledger ledger;
  Load load(at(200, stack), reads_and_writes(ledger));
  REQUIRE(load.await_more(200));

  const auto stopped = Clock::now();
  stack.movie(1).signal(SIGSTOP);
  let_run(lasting(seconds(6), seconds(20)));
  const auto answered = metric(stack.gateway(), "marquee_upstream_streams", "movie");
  stack.movie(1).signal(SIGCONT);
  const auto back = Clock::now();
  const double before = metric(stack.movie(1), "marquee_rpc_requests_total", "movie.v1");
  const bool returned = eventually(
      [&] {
        return metric(stack.movie(1), "marquee_rpc_requests_total", "movie.v1") > before + 20;
      },
      seconds(15));
  const auto returned_after = std::chrono::duration<double>(Clock::now() - back).count();
  const auto outcomes = load.stop();
  tell("SIGSTOP", outcomes);
  const auto later = overlapping(sent_after(outcomes, stopped + seconds(3)), stopped, back);
  tell("SIGSTOP, from 3 s on", later);
  std::cout << "SIGSTOP: streams then " << answered << "; gets calls again after " << returned_after
            << " s\n";

  // On a machine that does other things too, the gateway may shed load, and clocks go late.
  const milliseconds late = full() ? milliseconds(100) : milliseconds(1'000);
  CHECK(slowest_ms(outcomes) <= static_cast<double>((kDeadline + late).count()));
  CHECK_FALSE(kinds(later).contains("504 deadline_exceeded"));
  if (full()) CHECK(failed(later).empty());
  CHECK(returned);
  CHECK(ledger.faults(outcomes) == "");
}
