// Large audiences are told in chunks, which survive what happens to processes and neighbours.
#include <atomic>
#include <future>

#include "tests/catch.h"
#include "tests/integration/notification/suite.h"

namespace marquee::notification::testing {
namespace {

Config small_chunks() {
  Config config = quick_config();
  config.chunk = 7;
  return config;
}

std::set<std::int64_t> crowd(std::int64_t size) {
  std::set<std::int64_t> users;
  for (std::int64_t user = 1; user <= size; ++user) users.insert(1000 + user);
  return users;
}

// Each of the audience has it once, as one of one.
bool each_told_once(Suite& suite, std::int64_t size) {
  return suite.count("SELECT count(*) FROM notifications") == size &&
         suite.count("SELECT count(DISTINCT user_id) FROM notifications") == size &&
         suite.count("SELECT count(*) FROM notifications WHERE actor_count <> 1") == 0;
}

TEST_CASE("a crowd is told in chunks by several replicas, each user once") {
  Suite suite(small_chunks());
  suite.neighbours.add_film(18, "Ronin", crowd(100));
  Replica second(suite.database_url, suite.neighbours.target(), small_chunks());
  suite.review(1, 18, 5);
  REQUIRE(suite.settled());
  CHECK(each_told_once(suite, 100));
  CHECK(suite.neighbours.audience_pages() >= 15);
}

TEST_CASE("telling goes on where it stopped when the movie service comes back") {
  Suite suite(small_chunks());
  suite.neighbours.add_film(18, "Ronin", crowd(30));
  suite.neighbours.fail(3);
  suite.review(1, 18, 5);
  REQUIRE(suite.settled());
  CHECK(each_told_once(suite, 30));
}

TEST_CASE("telling goes on where a replica stopped in the middle of it") {
  for (auto step : {Jobs::Step::kClaimed, Jobs::Step::kAsked, Jobs::Step::kCommitted}) {
    CAPTURE(static_cast<int>(step));
    Suite suite(small_chunks());
    suite.replica.reset();
    suite.neighbours.add_film(18, "Ronin", crowd(30));
    std::atomic<int> steps{0};
    // As if the process ended there: nothing that it would have done next is done, and the job is
    // still claimed.
    struct Ended : std::exception {};
    suite.replica = std::make_unique<Replica>(suite.database_url, suite.neighbours.target(),
                                              small_chunks(), [&](Jobs::Step at) {
                                                if (at == step && ++steps >= 3) throw Ended();
                                              });
    suite.review(1, 18, 5);
    REQUIRE(eventually([&] { return steps >= 3; }));
    suite.replica.reset();
    suite.replica =
        std::make_unique<Replica>(suite.database_url, suite.neighbours.target(), small_chunks());
    suite.run("UPDATE jobs SET not_before = now()");  // its lease is over
    REQUIRE(suite.settled());
    CHECK(each_told_once(suite, 30));
  }
}

TEST_CASE("what many write at once is told by several replicas, each once") {
  Suite suite;
  Replica second(suite.database_url, suite.neighbours.target());
  constexpr std::int64_t kFilms = 20;
  constexpr std::int64_t kReviews = 10;  // of each film, in turns
  for (std::int64_t film = 100; film < 100 + kFilms; ++film) {
    suite.neighbours.add_film(film, "Film", {2, 3, film});
  }
  std::int64_t id = 0;
  for (std::int64_t actor = 1'000; actor < 1'000 + kReviews; ++actor) {
    for (std::int64_t film = 100; film < 100 + kFilms; ++film) suite.review(actor, film, ++id);
  }
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM notifications") == 3 * kFilms);
  CHECK(suite.count("SELECT count(*) FROM notifications WHERE actor_count = 10") == 3 * kFilms);
  CHECK(suite.count("SELECT count(DISTINCT (user_id, object_id)) FROM notifications") ==
        3 * kFilms);
  CHECK(suite.unread(2) == kFilms);
}

TEST_CASE("a replica that ends leaves to others what it has claimed and not begun") {
  Suite suite;
  std::atomic<bool> begun{false};
  std::atomic<bool> may_go_on{false};
  suite.replica.reset();
  suite.replica = std::make_unique<Replica>(suite.database_url, suite.neighbours.target(),
                                            quick_config(), [&](Jobs::Step) {
                                              begun = true;
                                              eventually([&] { return may_go_on.load(); });
                                            });
  suite.review(1, 17, 5);
  REQUIRE(eventually([&] { return begun.load(); }));
  suite.review(4, 17, 6);
  REQUIRE(eventually([&] { return suite.count("SELECT count(*) FROM jobs") == 2; }));
  CHECK(suite.count("SELECT count(*) FROM jobs WHERE not_before <= now()") == 0);
  auto first = std::move(suite.replica);
  suite.replica = std::make_unique<Replica>(suite.database_url, suite.neighbours.target());
  auto ending = std::async(std::launch::async, [&] { first.reset(); });
  CHECK(suite.messages(3, 1) == std::vector<std::string>{"dan reviewed Heat"});
  may_go_on = true;
  ending.get();
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 1) == std::vector<std::string>{"ann and 1 other reviewed Heat"});
}

TEST_CASE("a job that cannot be done keeps none of those that are due with it") {
  Suite suite;
  // No text of the database.
  suite.neighbours.add_film(18, std::string("He\0at", 5), {2, 3});
  suite.neighbours.fail(1'000);
  suite.review(1, 18, 5);
  suite.review(1, 17, 6);
  suite.review(4, 17, 7);
  REQUIRE(eventually([&] { return suite.count("SELECT count(*) FROM jobs") == 3; }));
  suite.neighbours.fail(0);
  suite.run("UPDATE jobs SET not_before = now()");
  CHECK(eventually([&] { return suite.count("SELECT count(*) FROM jobs") == 1; }));
  CHECK(suite.messages(3, 1) == std::vector<std::string>{"dan and 1 other reviewed Heat"});
  CHECK(eventually([&] {
    return suite.count("SELECT count(*) FROM jobs WHERE movie_id = 18 AND failures > 1") == 1;
  }));
  suite.neighbours.add_film(18, "Ronin", {2, 3});
  suite.run("UPDATE jobs SET not_before = now()");
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 2) ==
        std::vector<std::string>{"ann reviewed Ronin", "dan and 1 other reviewed Heat"});
}

TEST_CASE("of a film or a review that is gone nothing more is told") {
  Suite suite;
  suite.neighbours.fail(1'000);
  suite.review(1, 17, 5);
  suite.review(4, 17, 6);
  REQUIRE(eventually([&] { return suite.count("SELECT count(*) FROM jobs") == 2; }));
  suite.tell("review.deleted", 6, "");
  REQUIRE(eventually([&] { return suite.count("SELECT count(*) FROM jobs") == 1; }));
  suite.neighbours.remove_film(17);
  suite.neighbours.fail(0);
  suite.run("UPDATE jobs SET not_before = now()");
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM notifications") == 0);
}

TEST_CASE("of a deleted user nothing stays: no inbox, no settings, no name in others'") {
  Suite suite;
  suite.neighbours.add_film(18, "Ronin", {2, 3});
  v1::Settings change;
  change.set_email_notifications(true);
  change.set_new_messages(false);
  suite.change(2, change);
  suite.review(1, 17, 5);
  REQUIRE(suite.settled());
  suite.review(2, 17, 6);
  REQUIRE(suite.settled());
  suite.review(2, 18, 7);
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 2) ==
        std::vector<std::string>{"bob reviewed Ronin", "bob and 1 other reviewed Heat"});
  CHECK(suite.messages(2, 1).size() == 1);

  suite.neighbours.remove_user(2);
  suite.delete_user(2);
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 1) == std::vector<std::string>{"ann reviewed Heat"});
  for (const char* table : {"notifications", "unread_counts", "preferences", "channel_choices",
                            "mail_items", "mail_queue", "unsubscribe_tokens"}) {
    CAPTURE(table);
    CHECK(suite.count(std::string("SELECT count(*) FROM ") + table + " WHERE user_id = 2") == 0);
  }
  CHECK(suite.count("SELECT count(*) FROM notifications WHERE 2 = ANY (actors)") == 0);

  // Other services may not have heard of it yet.
  suite.review(4, 17, 8);
  suite.review(2, 17, 9);
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM notifications WHERE user_id = 2") == 0);
  CHECK(suite.messages(3, 1) == std::vector<std::string>{"dan and 1 other reviewed Heat"});
}

TEST_CASE("who goes after being asked is not told") {
  Suite suite;
  suite.replica.reset();
  std::atomic<bool> gone{false};
  Suite* held = &suite;
  suite.replica = std::make_unique<Replica>(
      suite.database_url, suite.neighbours.target(), quick_config(), [&, held](Jobs::Step at) {
        if (at != Jobs::Step::kAsked || gone.exchange(true)) return;
        // By another replica, whose job has ended, too.
        held->run("INSERT INTO gone_users (user_id) VALUES (2)");
      });
  suite.review(1, 17, 5);
  REQUIRE(eventually([&] { return gone.load(); }));
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM notifications WHERE user_id = 2") == 0);
  CHECK(suite.messages(3, 1) == std::vector<std::string>{"ann reviewed Heat"});
}

TEST_CASE("a name goes from many notifications, a few at a time") {
  Suite suite(small_chunks());
  suite.neighbours.add_film(18, "Ronin", crowd(30));
  suite.review(1, 18, 5);
  REQUIRE(suite.settled());
  suite.delete_user(1);
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM notifications") == 0);
}

TEST_CASE("old notifications go") {
  Config config = quick_config();
  config.housekeeping_interval = std::chrono::milliseconds(50);
  Suite suite(config);
  suite.review(1, 17, 5);
  REQUIRE(suite.settled());
  suite.run("UPDATE notifications SET created_at = now() - interval '92 days' WHERE user_id = 2");
  CHECK(eventually([&] { return suite.count("SELECT count(*) FROM notifications") == 1; }));
}

}  // namespace
}  // namespace marquee::notification::testing
