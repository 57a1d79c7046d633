#include <future>
#include <thread>

#include "libs/db/pool.h"
#include "libs/testing/postgres.h"
#include "tests/catch.h"

namespace marquee::db {
namespace {

using namespace std::chrono_literals;
using testing::Postgres;

constexpr Statement kSleep{"sleep", "SELECT pg_sleep($1)"};
constexpr Statement kBackend{"backend", "SELECT pg_backend_pid()"};
constexpr Statement kSleeping{
    "sleeping",
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%'"
    " AND pid <> pg_backend_pid() AND datname = current_database()"};

struct Fixture {
  std::string url = Postgres::shared().create_database("movie");
  Pool pool{config(1)};
  Pool other{config(2)};

  PoolConfig config(std::size_t size) const {
    PoolConfig made;
    made.database_url = url;
    made.size = size;
    return made;
  }
  static Deadline soon() { return std::chrono::steady_clock::now() + 30s; }
  static Deadline soon(const std::shared_ptr<Cancellation>& cancellation) {
    return {std::chrono::steady_clock::now() + 30s, cancellation};
  }
  int backend() {
    return pool.read(soon(), [](Tx& tx) { return tx.exec(kBackend)[0][0].as<int>(); });
  }
  bool asleep() {
    return other.read(soon(), [](Tx& tx) { return tx.exec(kSleeping)[0][0].as<int>() > 0; });
  }
};

// What it failed with.
template <typename F>
Code code_of(F&& work) {
  try {
    work();
    return Code::kOk;
  } catch (const Error& error) {
    return error.code();
  }
}

TEST_CASE("a cancelled read ends at once, and its connection goes on") {
  Fixture f;
  int before = f.backend();
  auto cancellation = std::make_shared<Cancellation>();
  auto sleeper = std::async(std::launch::async, [&] {
    return code_of(
        [&] { f.pool.read(f.soon(cancellation), [](Tx& tx) { tx.exec(kSleep, 1000); }); });
  });
  REQUIRE(testing::eventually([&] { return f.asleep(); }));
  cancellation->cancel();
  CHECK(sleeper.get() == Code::kCancelled);
  CHECK(f.backend() == before);
  CHECK_FALSE(f.asleep());
}

TEST_CASE("a cancelled write leaves nothing, and its connection goes on") {
  Fixture f;
  f.pool.write(f.soon(), [](Tx& tx) { tx.run("CREATE TABLE t (a int)"); });
  int before = f.backend();
  auto cancellation = std::make_shared<Cancellation>();
  auto sleeper = std::async(std::launch::async, [&] {
    return code_of([&] {
      f.pool.write(f.soon(cancellation), [](Tx& tx) {
        tx.run("INSERT INTO t VALUES (1)");
        tx.exec(kSleep, 1000);
      });
    });
  });
  REQUIRE(testing::eventually([&] { return f.asleep(); }));
  cancellation->cancel();
  CHECK(sleeper.get() == Code::kCancelled);
  CHECK(f.backend() == before);
  CHECK(f.pool.read(f.soon(), [](Tx& tx) { return tx.run("SELECT FROM t").size(); }) == 0);
}

TEST_CASE("what was cancelled before is not begun, nor waited for") {
  Fixture f;
  f.backend();
  auto cancellation = std::make_shared<Cancellation>();
  std::promise<void> taken;
  std::promise<void> give_back;
  auto holder = std::async(std::launch::async, [&] {
    f.pool.read(f.soon(), [&](Tx&) {
      taken.set_value();
      give_back.get_future().wait();
    });
  });
  taken.get_future().wait();
  auto waiter = std::async(std::launch::async, [&] {
    return code_of([&] { f.pool.read(f.soon(cancellation), [](Tx&) {}); });
  });
  REQUIRE(testing::eventually([&] { return f.pool.stats().waiting == 1; }));
  cancellation->cancel();
  CHECK(waiter.get() == Code::kCancelled);
  give_back.set_value();
  holder.get();
  bool begun = false;
  CHECK(code_of([&] { f.pool.read(f.soon(cancellation), [&](Tx&) { begun = true; }); }) ==
        Code::kCancelled);
  CHECK_FALSE(begun);
}

TEST_CASE("a late cancellation never reaches the next statement of the connection") {
  Fixture f;
  int backend = f.backend();
  int cancelled = 0;
  int unharmed = 0;
  int strange = 0;
  for (int round = 0; round < 1'000; ++round) {
    auto cancellation = std::make_shared<Cancellation>();
    std::atomic<bool> go{false};
    std::thread rival([&] {
      while (!go) std::this_thread::yield();
      // From before the statement to after its end.
      for (int spin = 0; spin < round % 50; ++spin) std::this_thread::yield();
      cancellation->cancel();
    });
    go = true;
    Code code = code_of(
        [&] { f.pool.read(f.soon(cancellation), [](Tx& tx) { tx.exec(kSleep, 0.0001); }); });
    if (code == Code::kCancelled) ++cancelled;
    if (code != Code::kCancelled && code != Code::kOk) ++strange;
    Code next = code_of([&] { f.pool.read(f.soon(), [](Tx& tx) { tx.exec(kSleep, 0.0001); }); });
    if (next == Code::kOk) ++unharmed;
    rival.join();
  }
  CAPTURE(cancelled);
  CHECK(strange == 0);
  CHECK(unharmed == 1'000);
  CHECK(f.backend() == backend);
}

TEST_CASE("a cancellation that comes before its statement still ends it") {
  Fixture f;
  f.backend();
  auto cancellation = std::make_shared<Cancellation>();
  CHECK(code_of([&] {
          f.pool.read(f.soon(cancellation), [&](Tx& tx) {
            cancellation->cancel();
            tx.exec(kSleep, 1000);
          });
        }) == Code::kCancelled);
  f.backend();
}

TEST_CASE("a statement alone is a transaction of its own") {
  Fixture f;
  constexpr Statement kAdd{"add", "INSERT INTO t VALUES ($1)"};
  f.pool.write(f.soon(), [](Tx& tx) {
    tx.run("CREATE TABLE t (a int CONSTRAINT t_small CHECK (a < 10) CONSTRAINT t_one UNIQUE)");
  });
  f.pool.write_statement(f.soon(), [&](Tx& tx) { tx.exec(kAdd, 1); });
  auto violated = [&](int value) {
    try {
      f.pool.write_statement(f.soon(), [&](Tx& tx) { tx.exec(kAdd, value); });
      return std::string();
    } catch (const ConstraintViolation& violation) {
      return violation.constraint();
    }
  };
  CHECK(violated(1) == "t_one");
  CHECK(violated(10) == "t_small");
  CHECK_THROWS_AS(f.pool.write_statement(f.soon(),
                                         [&](Tx& tx) {
                                           tx.exec(kAdd, 2);
                                           tx.exec(kAdd, 3);
                                         }),
                  std::logic_error);
  CHECK(f.pool.read(f.soon(), [](Tx& tx) { return tx.run("SELECT FROM t").size(); }) == 2);
}

TEST_CASE("a statement alone is not given to a connection that died while it was idle") {
  Fixture f;
  constexpr Statement kTerminate{"terminate", "SELECT pg_terminate_backend($1, 5000)"};
  int before = f.backend();
  f.other.read(f.soon(), [&](Tx& tx) { tx.exec(kTerminate, before); });
  int after =
      f.pool.write_statement(f.soon(), [](Tx& tx) { return tx.exec(kBackend)[0][0].as<int>(); });
  CHECK(before != after);
}

}  // namespace
}  // namespace marquee::db
