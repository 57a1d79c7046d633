#include <algorithm>
#include <set>

#include "libs/testing/event_id.h"
#include "marquee/events/v1/movies.pb.h"
#include "marquee/events/v1/users.pb.h"
#include "tests/catch.h"
#include "tests/integration/events/suite.h"

namespace marquee::events::testing {
namespace {

using namespace std::chrono_literals;

Deadline soon() {
  return std::chrono::steady_clock::now() + 20s;
}

std::uint64_t counted(const Consumer& consumer, const std::string& type,
                      const std::string& outcome) {
  for (const auto& handled : consumer.stats().handled) {
    if (handled.type == type && handled.outcome == outcome) return handled.count;
  }
  return 0;
}

TEST_CASE("each consumer hears each event once, in the order of the commits") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer one(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  Consumer two(suite.pool, suite.bus, "two", "review.created", effects_of("two"), suite.config);
  suite.commit_all(1, 100);
  REQUIRE(suite.all_heard("one"));
  REQUIRE(suite.all_heard("two"));
  CHECK(suite.effects("one") == suite.facts());
  CHECK(suite.effects("two") == suite.facts());
  CHECK(suite.stream() == suite.facts());
  CHECK(relay.stats().relayed == 100);
  CHECK(eventually([&] { return counted(one, "review.created", "handled") == 100; }));
}

TEST_CASE("what was rolled back is never told, and its retry once") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  int attempts = 0;
  CHECK_THROWS_AS(suite.pool.write(soon(),
                                   [&](db::Tx& tx) {
                                     suite.outbox.add(tx, kReviewCreated, 7, v1::ReviewCreated());
                                     throw Error::invalid("no", "no");
                                   }),
                  Error);
  suite.pool.write(soon(), [&](db::Tx& tx) {
    suite.outbox.add(tx, kReviewCreated, 8, v1::ReviewCreated());
    if (++attempts == 1) throw Error(Code::kAborted, "conflict", "again");
  });
  CHECK(attempts == 2);
  suite.commit(9);
  REQUIRE(eventually([&] { return suite.effects("one").size() == 2; }));
  CHECK(suite.effects("one") == std::vector<std::int64_t>{8, 9});
  CHECK(suite.stream() == std::vector<std::int64_t>{8, 9});
}

TEST_CASE("what another replica left behind is swept up") {
  Suite suite;
  suite.commit_all(1, 40);  // nobody relays, nobody is woken
  Outbox others;
  Relay relay(suite.pool, suite.bus, others, suite.config);
  CHECK(eventually([&] { return suite.count("outbox") == 0; }));
  suite.commit_all(41, 60);
  CHECK(eventually([&] { return suite.count("outbox") == 0; }));
  CHECK(suite.stream() == suite.facts());
}

TEST_CASE("a consumer that begins later hears what was told before") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  suite.commit_all(1, 20);
  REQUIRE(eventually([&] { return suite.count("outbox") == 0; }));
  {
    Consumer late(suite.pool, suite.bus, "late", "review.*", effects_of("late"), suite.config);
    REQUIRE(suite.all_heard("late"));
  }
  suite.commit_all(21, 40);
  Consumer again(suite.pool, suite.bus, "late", "review.*", effects_of("late"), suite.config);
  REQUIRE(suite.all_heard("late"));
  CHECK(each_once(suite.effects("late"), suite.facts()));
}

TEST_CASE("replicas relay in turns and share what is to be done") {
  Suite suite;
  db::Pool other_pool(pool_config(suite.url));
  bus::Bus other_bus(suite.nats.url(), "other");
  Outbox other_outbox;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Relay other(other_pool, other_bus, other_outbox, suite.config);
  Consumer one(suite.pool, suite.bus, "shared", "review.*", effects_of("shared"), suite.config);
  Consumer two(other_pool, other_bus, "shared", "review.*", effects_of("shared"), suite.config);
  suite.commit_all(1, 300);
  REQUIRE(suite.all_heard("shared"));
  CHECK(each_once(suite.effects("shared"), suite.facts()));
  CHECK(suite.stream() == suite.facts());
  CHECK(eventually([&] {
    return counted(one, "review.created", "handled") + counted(two, "review.created", "handled") ==
           300;
  }));
}

TEST_CASE("types that nothing is done about are settled") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", ">", effects_of("one"), suite.config);
  suite.pool.write(soon(),
                   [&](db::Tx& tx) { suite.outbox.add(tx, kUserDeleted, 5, v1::UserDeleted()); });
  suite.commit(1);
  CHECK(suite.all_heard("one"));
  CHECK(eventually([&] { return counted(consumer, "other", "ignored") == 1; }));
  bus::JetStream jetstream(suite.bus);
  CHECK(eventually([&] { return jetstream.backlog(suite.config.stream, "one").unacked == 0; }));
  CHECK(suite.count("consumed_events") == 1);
}

TEST_CASE("an event told twice has one effect") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "one", "review.*", effects_of("one"), suite.config);
  suite.commit(1);
  REQUIRE(suite.all_heard("one"));
  // As if JetStream had forgotten the message's id: the same event under another one.
  StoredEvent event;
  event.id = suite.pool.read(soon(), [](db::Tx& tx) {
    return tx.run("SELECT event_id FROM consumed_events")[0][0].as<std::string>();
  });
  event.type = kReviewCreated.name;
  event.subject = 1;
  bus::JetStream jetstream(suite.bus);
  REQUIRE(
      jetstream.publish({{suite.config.prefix + ".review.created", "again", encode(event)}}, 5s));
  CHECK(eventually([&] { return counted(consumer, "review.created", "duplicate") == 1; }));
  CHECK(suite.effects("one") == std::vector<std::int64_t>{1});
}

TEST_CASE("what was consumed is forgotten when it is too old to come again") {
  Suite suite;
  const auto ids = suite.pool.read(soon(), [](db::Tx& tx) {
    return tx.run(
        "SELECT new_event_id(), event_ids_since(now() - interval '3 hours'),"
        " event_ids_since(now() - interval '1 hour'),"
        " event_ids_since(now() + interval '1 hour') > new_event_id()"
        " AND event_ids_since(now() - interval '1 minute') < new_event_id()");
  });
  CHECK(ids[0][0].as<std::string>()[14] == '7');
  CHECK(ids[0][3].as<bool>());
  const ConsumerStore store(suite.pool, "one");
  const ConsumerStore other(suite.pool, "two");
  suite.pool.write(soon(), [&](db::Tx& tx) {
    for (int i = 0; i < 3; ++i) CHECK(store.begin(tx, ids[0][i].as<std::string>()));
    CHECK(other.begin(tx, ids[0][1].as<std::string>()));
  });
  CHECK(store.prune(soon(), std::chrono::hours(2)) == 1);
  suite.pool.write(soon(), [&](db::Tx& tx) {
    CHECK(store.begin(tx, ids[0][1].as<std::string>()));
    CHECK_FALSE(store.begin(tx, ids[0][2].as<std::string>()));
    CHECK_FALSE(other.begin(tx, ids[0][1].as<std::string>()));
  });
}

TEST_CASE("many that came are handled together, in the order of the commits") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  suite.commit_all(1, 100);
  REQUIRE(eventually([&] { return suite.count("outbox") == 0; }));
  std::atomic<int> transactions{0};
  Consumer consumer(suite.pool, suite.bus, "many", "review.*", many_effects_of("many"),
                    suite.config, [&](Consumer::Step step) {
                      if (step == Consumer::Step::kCommitted) ++transactions;
                    });
  REQUIRE(suite.all_heard("many"));
  CHECK(suite.effects("many") == suite.facts());
  CHECK(eventually([&] { return counted(consumer, "review.created", "handled") == 100; }));
  CHECK(transactions < 50);
  bus::JetStream jetstream(suite.bus);
  CHECK(jetstream.state(suite.config.stream).last < 50);  // messages
  CHECK(eventually([&] { return jetstream.backlog(suite.config.stream, "many").unacked == 0; }));
  // One that comes alone does not wait for others.
  suite.commit(101);
  CHECK(suite.all_heard("many"));
}

TEST_CASE("of many that come together, those that were handled before have no effect again") {
  Suite suite;
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  suite.commit_all(1, 10);
  auto consumer = std::make_unique<Consumer>(suite.pool, suite.bus, "many", "review.*",
                                             many_effects_of("many"), suite.config);
  REQUIRE(suite.all_heard("many"));
  consumer.reset();
  // Under other message ids: half of the old ones in capitals, and each new one twice.
  std::vector<bus::StoredMessage> messages;
  const auto tell_again = [&](const std::string& id, std::int64_t subject) {
    StoredEvent event;
    event.id = id;
    event.type = kReviewCreated.name;
    event.subject = subject;
    messages.push_back({suite.config.prefix + ".review.created",
                        "again-" + std::to_string(messages.size()), encode(event)});
  };
  const auto ids = suite.pool.read(soon(), [](db::Tx& tx) {
    return tx.run(
        "SELECT CASE WHEN row_number() OVER () % 2 = 0 THEN upper(event_id::text)"
        " ELSE event_id::text END FROM consumed_events");
  });
  for (const auto& row : ids) {
    tell_again(row[0].as<std::string>(), 1'000);
    const std::string fresh = marquee::testing::new_event_id();
    const auto subject = static_cast<std::int64_t>(11 + messages.size());
    tell_again(fresh, subject);
    tell_again(fresh, subject);
  }
  bus::JetStream jetstream(suite.bus);
  REQUIRE(jetstream.publish(messages, 5s));
  Consumer again(suite.pool, suite.bus, "many", "review.*", many_effects_of("many"), suite.config);
  CHECK(eventually([&] { return counted(again, "review.created", "handled") == 10; }));
  CHECK(eventually([&] { return counted(again, "review.created", "duplicate") == 20; }));
  const auto effects = suite.effects("many");
  CHECK(effects.size() == 20);
  CHECK(std::is_sorted(effects.begin(), effects.end()));
  CHECK(std::set<std::int64_t>(effects.begin(), effects.end()).size() == 20);
  CHECK(effects.back() < 1'000);
}

}  // namespace
}  // namespace marquee::events::testing
