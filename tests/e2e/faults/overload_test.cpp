// Fault 6: five times as many requests as can be answered. What is asked for are comments, each of
// which the database is made to take its time for: so the limit is the service's, by construction,
// and not that of a machine which runs the load as well.
#include <iostream>
#include <stdexcept>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/ledger.h"
#include "tests/e2e/faults/memory.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;

namespace {

// While it lives a comment on the film takes 10 ms, and does not wait for the disk, which other
// tests' databases may keep busy.
class SlowComments {
 public:
  explicit SlowComments(std::int64_t film) {
    execute(
        "create function slowly() returns trigger language plpgsql as "
        "$$begin perform pg_sleep(0.01), set_config('synchronous_commit', 'off', true); "
        "return new; end$$;"
        "create trigger slowly before insert on comments for each row when (new.movie_id = " +
        std::to_string(film) + ") execute function slowly()");
  }
  ~SlowComments() {
    try {
      execute("drop function slowly cascade");
    } catch (const std::exception& error) {
      std::cerr << error.what() << '\n';
    }
  }
  SlowComments(const SlowComments&) = delete;
  SlowComments& operator=(const SlowComments&) = delete;

 private:
  static void execute(const std::string& sql) {
    std::string output;
    if (Suite::shared().command("psql", {"movie", "-qc", sql}, &output) != 0) {
      throw std::runtime_error("psql: " + output);
    }
  }
};

// The four of them answer some 390 comments a second, and one waits for about as long as it takes.
const Settings kFourConnections = {
    {"DATABASE_CONNECTIONS", "4"}, {"WORKERS", "4"}, {"QUEUE_WAIT_MAX", "8ms"}};

class Asker {
 public:
  explicit Asker(const Stack& stack) : ports_(stack.ports()) {}

  std::unique_ptr<Load> ask(double rate, int connections) {
    Load::Options options;
    options.ports = ports_;
    options.rate = rate;
    options.connections_max = connections;
    return std::make_unique<Load>(options,
                                  [this](std::uint64_t) { return ledger.next(++number_); });
  }
  Outcomes ask_for(Clock::duration time, double rate, int connections) {
    auto load = ask(rate, connections);
    let_run(time);
    return load->stop();
  }

  const Ledger ledger;

 private:
  const std::vector<int> ports_;
  std::int64_t number_ = 0;
};

double per_second(const Outcomes& outcomes) {
  if (outcomes.empty()) return 0;
  const std::chrono::duration<double> time = outcomes.back().ended - outcomes.front().ended;
  return static_cast<double>(outcomes.size()) / time.count();
}

// How often somebody could sign in within the time; what went wrong goes to `faults`.
int sign_in_for(Clock::duration time, const Stack& stack, const Person& person,
                std::string& faults) {
  int count = 0;
  for (const auto until = Clock::now() + time; Clock::now() < until; ++count) {
    HttpClient client("http://127.0.0.1:" + std::to_string(stack.ports()[0]));
    auto reply =
        client.post("/api/auth/login", {{"email", person.email}, {"password", person.password}});
    if (reply.status != 200) faults = std::to_string(reply.status) + " " + reply.body;
    marquee::testing::pause_between_polls();
  }
  return count;
}

}  // namespace

TEST_CASE("Five times too many requests: as many as before are answered, in good time") {
  if (without_control()) return;
  Stack stack(1, {}, kFourConnections);
  Asker asker(stack);
  SlowComments slow(asker.ledger.film());

  const auto most = asker.ask_for(lasting(seconds(2), seconds(10)), 0, 4);
  const double maximum = per_second(good(most));
  tell("overload, 4 at a time", most);
  const auto normal = asker.ask_for(lasting(seconds(2), seconds(10)), maximum * 0.8, 64);
  tell("overload, 0.8 x", normal);

  const auto onset = Clock::now();
  auto load = asker.ask(maximum * 5, 1'000);
  REQUIRE(load->await_more(static_cast<std::uint64_t>(maximum * 5)));
  const auto memory_before = resident_kib(stack.gateway().pid());
  std::string login_faults;
  const int logins =
      sign_in_for(lasting(seconds(3), seconds(30)), stack, asker.ledger.writer(), login_faults);
  const auto memory_after = resident_kib(stack.gateway().pid());
  const auto outcomes = load->stop();
  const auto accepted = good(outcomes);
  tell("overload, 5 x", outcomes);
  tell("overload, 5 x, accepted", accepted);
  tell("overload, 5 x, accepted after the first 2 s", sent_after(accepted, onset + seconds(2)));
  const double goodput = per_second(accepted);
  const double normal_p99 = percentile_ms(normal, 0.99);
  std::cout << "overload: maximum " << maximum << "/s, goodput " << goodput << "/s ("
            << 100 * goodput / maximum << " %); p99 " << percentile_ms(accepted, 0.99) << " ms, "
            << normal_p99 << " ms normally; gateway " << memory_before << " -> " << memory_after
            << " KiB; " << logins << " logins\n";

  CHECK(unclean(failed(outcomes)) == "");
  // On a machine that does other things too, one of the two may meet them and the other not.
  CHECK(goodput >= (full() ? 0.8 : 0.5) * maximum);
  if (full()) CHECK(percentile_ms(accepted, 0.99) <= 2 * normal_p99);
  CHECK(memory_after < memory_before * 11 / 10 + 4 * 1024);
  CHECK(login_faults == "");
  CHECK(logins > 3);
}
