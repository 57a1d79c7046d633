#include "marquee/events/v1/movies.pb.h"
#include "tests/catch.h"
#include "tests/integration/events/suite.h"

namespace marquee::events::testing {
namespace {

using namespace std::chrono_literals;

// Refuses 13 while `poisonous`.
Handlers picky(std::atomic<bool>& poisonous) {
  const Handlers effects = effects_of("picky");
  Handlers handlers;
  handlers.on(kReviewCreated, [&poisonous, effects](db::Tx& tx, const StoredEvent& event,
                                                    const v1::ReviewCreated&) {
    (*effects.find(event.type))(tx, event);
    if (event.subject == 13 && poisonous) throw Error::invalid("poison", "13 is not liked");
  });
  return handlers;
}

TEST_CASE("an event that nobody can handle is put aside, the others go on; it can be put back") {
  const bool together = GENERATE(true, false);
  CAPTURE(together);
  Suite suite;
  if (!together) suite.config.together = 1;
  std::atomic<bool> poisonous{true};
  suite.commit_all(1, 20);
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "picky", "review.*", picky(poisonous), suite.config);
  REQUIRE(eventually([&] { return suite.count("dead_letters") == 1; }));
  CHECK(suite.count("dead_letters WHERE type = 'review.created' AND subject = 13 AND"
                    " deliveries = 3 AND error = '13 is not liked' AND NOT retry_wanted") == 1);
  REQUIRE(eventually([&] { return suite.effects("picky").size() == 19; }));
  CHECK(eventually([&] { return consumer.stats().dead == 1; }));
  bus::JetStream jetstream(suite.bus);
  CHECK(eventually([&] { return jetstream.backlog(suite.config.stream, "picky").unacked == 0; }));

  suite.run("UPDATE dead_letters SET retry_wanted = true, error = ''");
  REQUIRE(eventually([&] {
    return suite.count("dead_letters WHERE NOT retry_wanted AND error = '13 is not liked'") == 1;
  }));
  CHECK(suite.effects("picky").size() == 19);

  poisonous = false;
  suite.run("UPDATE dead_letters SET retry_wanted = true");
  REQUIRE(eventually([&] { return suite.count("dead_letters") == 0; }));
  CHECK(each_once(suite.effects("picky"), suite.facts()));
  CHECK(eventually([&] { return consumer.stats().dead == 0; }));
}

TEST_CASE("one that cannot be handled takes none of those along that came with it") {
  Suite suite;
  std::atomic<bool> poisonous{true};
  std::atomic<std::size_t> most{0};
  const Handlers effects = many_effects_of("picky");
  Handlers handlers;
  handlers.on_many(kReviewCreated,
                   [&](db::Tx& tx, const std::vector<Heard<v1::ReviewCreated>>& heard) {
                     if (heard.size() > most) most = heard.size();
                     for (const auto& [event, message] : heard) {
                       (*effects.find(event.type))(tx, event);
                       if (event.subject == 13 && poisonous)
                         throw Error::invalid("poison", "13 is not liked");
                     }
                   });
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  suite.commit_all(1, 20);
  REQUIRE(eventually([&] { return suite.count("outbox") == 0; }));
  Consumer consumer(suite.pool, suite.bus, "picky", "review.*", std::move(handlers), suite.config);
  REQUIRE(eventually([&] { return suite.count("dead_letters") == 1; }));
  CHECK(most > 1);
  CHECK(suite.count("dead_letters WHERE subject = 13 AND deliveries = 3") == 1);
  REQUIRE(eventually([&] { return suite.effects("picky").size() == 19; }));
  bus::JetStream jetstream(suite.bus);
  CHECK(eventually([&] { return jetstream.backlog(suite.config.stream, "picky").unacked == 0; }));

  poisonous = false;
  suite.run("UPDATE dead_letters SET retry_wanted = true");
  REQUIRE(eventually([&] { return suite.count("dead_letters") == 0; }));
  CHECK(each_once(suite.effects("picky"), suite.facts()));
}

TEST_CASE("a failure that passes is tried again and leaves no letter") {
  Suite suite;
  std::atomic<int> failures{0};
  Handlers handlers;
  handlers.on(kReviewCreated, [&](db::Tx& tx, const StoredEvent& event, const v1::ReviewCreated&) {
    (*effects_of("slow").find(event.type))(tx, event);
    // Of others than the database: for ever, whatever failures_max says.
    if (++failures < 8) throw Error::unavailable("others", "not now");
  });
  Relay relay(suite.pool, suite.bus, suite.outbox, suite.config);
  Consumer consumer(suite.pool, suite.bus, "slow", "review.*", std::move(handlers), suite.config);
  suite.commit(1);
  REQUIRE(suite.all_heard("slow"));
  CHECK(suite.effects("slow") == suite.facts());
  CHECK(failures == 8);
  CHECK(suite.count("dead_letters") == 0);
}

}  // namespace
}  // namespace marquee::events::testing
