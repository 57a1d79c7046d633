// Fault 11: time. What a process holds after a while must be what it held before.
#include <iostream>
#include <map>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/ledger.h"
#include "tests/e2e/faults/memory.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;

namespace {

struct Held {
  std::int64_t kib;
  std::int64_t descriptors;
};

std::map<std::string, Held> held_by(Stack& stack) {
  const pid_t gateway = stack.gateway().pid();
  const pid_t movie = stack.movie(0).pid();
  return {{"gateway", {resident_kib(gateway), open_descriptors(gateway)}},
          {"movie-service", {resident_kib(movie), open_descriptors(movie)}}};
}

}  // namespace

TEST_CASE("A long time under load leaves nothing behind") {
  if (without_control()) return;
  // Caches that are full soon: theirs is not the growth that is looked for.
  Stack stack(1, {{"CACHE_BYTES", "1000000"}}, {{"CACHE_BYTES", "1000000"}});
  Ledger ledger;
  Load::Options options;
  options.ports = stack.ports();
  options.rate = 200;
  options.connections_max = 32;
  options.spread = true;
  Load load(options, [&](std::uint64_t number) {
    if (number % 10 == 9) return ledger.next(static_cast<std::int64_t>(number));
    Ask ask;
    ask.path = number % 2 == 0 ? "/api/movies/" + std::to_string(number % 250 + 1)
                               : "/api/movies/search?title=w" + std::to_string(number);
    return ask;
  });
  // The first part fills caches, pools and arenas.
  let_run(lasting(seconds(3), seconds(300)));
  const auto before = held_by(stack);
  let_run(lasting(seconds(3), seconds(900)));
  const auto after = held_by(stack);
  const auto outcomes = load.stop();
  tell("soak", outcomes);

  CHECK(kinds(failed(outcomes)) == std::map<std::string, int>());
  for (const auto& [name, then] : before) {
    const Held now = after.at(name);
    std::cout << "soak: " << name << " " << then.kib << " -> " << now.kib << " KiB, "
              << then.descriptors << " -> " << now.descriptors << " descriptors\n";
    CAPTURE(name, then.kib, now.kib, then.descriptors, now.descriptors);
    CHECK(now.descriptors <= then.descriptors + 2);
    if (full()) CHECK(now.kib <= then.kib + then.kib / 50 + 512);
  }
}
