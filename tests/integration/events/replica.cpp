// A relay or a member of a consumer as a process of its own, that kills itself the N-th time it
// comes to a step (steps are numbers of Relay::Step, Consumer::Step; N = 0: never).
//
//   events_replica relay|consumer|consumer-of-many DATABASE_URL NATS_URL STREAM STEP N
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

#include "tests/integration/events/suite.h"

using namespace marquee;

int main(int argc, char** argv) {
  constexpr int kArguments = 7;
  if (argc != kArguments) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const std::string role = argv[1];
  const int fatal_step = std::atoi(argv[5]);
  std::atomic<int> left{std::atoi(argv[6])};
  const auto die_at = [&](auto step) {
    if (static_cast<int>(step) == fatal_step && --left == 0) kill(getpid(), SIGKILL);
  };
  db::Pool pool(events::testing::pool_config(argv[2]));
  bus::Bus bus(argv[3], "events-replica");
  const auto config = events::testing::quick_config(argv[4]);
  events::Outbox outbox;
  std::optional<events::Relay> relay;
  std::optional<events::Consumer> consumer;
  if (role == "relay") {
    relay.emplace(pool, bus, outbox, config, die_at);
  } else {
    auto handlers = role == "consumer" ? events::testing::effects_of("crashing")
                                       : events::testing::many_effects_of("crashing");
    consumer.emplace(pool, bus, "crashing", "review.*", std::move(handlers), config, die_at);
  }
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}
