// NATS is killed and PostgreSQL restarted, under load.
#include "tests/catch.h"
#include "tests/integration/events/suite.h"

namespace marquee::events::testing {
namespace {

TEST_CASE("events wait in the outbox while NATS is away, and are heard once") {
  Nats nats;
  Suite suite(Postgres::shared(), nats);
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  Load load(suite);
  for (int kill = 0; kill < 3; ++kill) {
    REQUIRE(load.more(100));
    nats.stop();  // SIGKILL
    REQUIRE(load.more(50));
    CHECK(suite.count("outbox") > 0);
    nats.start();
  }
  REQUIRE(load.more(50));
  load.stop();
  REQUIRE(suite.all_heard("one"));
  CHECK(each_once(suite.effects("one"), suite.facts()));
  CHECK(suite.stream() == suite.facts());
}

TEST_CASE("NATS may be away at the start") {
  Nats nats;
  Suite suite(Postgres::shared(), nats);
  nats.stop();
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  suite.commit_all(1, 20);
  CHECK(suite.count("outbox") == 20);
  nats.start();
  REQUIRE(suite.all_heard("one"));
  CHECK(suite.effects("one") == suite.facts());
}

TEST_CASE("a stream that was lost is made again") {
  Nats nats;
  Suite suite(Postgres::shared(), nats);
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  suite.commit_all(1, 20);
  REQUIRE(suite.all_heard("one"));
  nats.stop();
  nats.forget();
  suite.commit_all(21, 40);
  nats.start();
  REQUIRE(suite.all_heard("one"));
  CHECK(suite.effects("one") == suite.facts());
}

TEST_CASE("a restart of PostgreSQL loses nothing, doubles nothing and is nobody's fault") {
  Postgres postgres;
  Suite suite(postgres, Nats::shared());
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  Load load(suite);
  for (int restart = 0; restart < 3; ++restart) {
    REQUIRE(load.more(100));
    postgres.stop();
    postgres.start();
  }
  REQUIRE(load.more(50));
  load.stop();
  REQUIRE(suite.all_heard("one"));
  CHECK(each_once(suite.effects("one"), suite.facts()));
  CHECK(suite.count("dead_letters") == 0);
}

}  // namespace
}  // namespace marquee::events::testing
