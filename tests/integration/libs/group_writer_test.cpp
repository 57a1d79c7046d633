#include "libs/db/group_writer.h"

#include <future>

#include "libs/core/turn_pool.h"
#include "libs/testing/postgres.h"
#include "tests/catch.h"

namespace marquee::db {
namespace {

using namespace std::chrono_literals;
using testing::Postgres;

constexpr Statement kMake{"make", "CREATE TABLE sums (key bigint PRIMARY KEY, value bigint)"};
constexpr Statement kAdd{"add", R"sql(
  WITH asked AS MATERIALIZED (
    SELECT a.* FROM (SELECT set_config('lock_timeout', $3::text, true)) patience,
           unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS a (key, value, n)
     ORDER BY a.key),
  added AS (
    INSERT INTO sums AS s (key, value) SELECT key, value FROM asked
    ON CONFLICT (key) DO UPDATE SET value = s.value + excluded.value
    RETURNING key, value)
  SELECT n - 1, s.value FROM asked JOIN added s USING (key))sql"};
constexpr Statement kSum{"sum", "SELECT coalesce(sum(value), 0) FROM sums"};
constexpr Statement kLock{"lock", "SELECT FROM sums WHERE key = $1::bigint FOR UPDATE"};
constexpr Statement kBlocked{"blocked", R"sql(
  SELECT pid FROM pg_stat_activity
   WHERE datname = current_database() AND wait_event_type = 'Lock')sql"};
constexpr Statement kTerminate{"terminate", "SELECT pg_terminate_backend($1)"};

struct Addition {
  std::int64_t key = 0;
  std::int64_t value = 0;
};
using Sums = GroupWriter<Addition, std::int64_t>;

Deadline soon() {
  return std::chrono::steady_clock::now() + 30s;
}

// Adds to sums; a negative key is refused.
struct Fixture {
  Fixture() {
    pool.write(soon(), [](Tx& tx) { tx.exec(kMake); });
  }

  void add_all(Tx& tx, Sums::Group& group) {
    std::vector<std::int64_t> keys;
    std::vector<std::int64_t> values;
    for (const Addition* addition : group.items) {
      keys.push_back(addition->key);
      values.push_back(addition->value);
    }
    largest = std::max(largest.load(), keys.size());
    for (const auto& row :
         tx.exec(kAdd, array(keys), array(values), patient ? "0" : group.lock_wait())) {
      group.answer(row[0].as<std::size_t>(), row[1].as<std::int64_t>());
    }
  }

  std::int64_t sum() {
    return pool.read(soon(), [](Tx& tx) { return tx.exec(kSum)[0][0].as<std::int64_t>(); });
  }

  // The backends that wait for a lock.
  std::vector<int> blocked() {
    return pool.read(soon(), [](Tx& tx) {
      std::vector<int> pids;
      for (const auto& row : tx.exec(kBlocked)) pids.push_back(row[0].as<int>());
      return pids;
    });
  }
  std::vector<int> wait_for_blocked(std::size_t count) {
    std::vector<int> pids;
    if (!testing::eventually([&] { return (pids = blocked()).size() >= count; })) {
      throw std::runtime_error("none waits");
    }
    return pids;
  }

  std::atomic<bool> patient{false};  // lets groups wait for locks
  std::atomic<std::size_t> largest{0};
  Pool pool{[] {
    PoolConfig config;
    config.database_url = Postgres::shared().create_database("movie");
    config.size = 12;
    return config;
  }()};
  Sums sums{pool, [](const Addition& addition) { return static_cast<std::uint64_t>(addition.key); },
            [this](Tx& tx, Sums::Group& group) { add_all(tx, group); }};
};

// Additions of 1 in one turn: its only thread is held until all are queued.
class OneTurn {
 public:
  OneTurn(Fixture& fixture, const std::vector<std::int64_t>& keys) {
    pool_.post([this] { go_.get_future().wait(); });
    for (auto key : keys) {
      auto task = std::make_shared<std::packaged_task<std::int64_t()>>([&fixture, key] {
        return fixture.sums.write(soon(), {key, 1});
      });
      calls.push_back(task->get_future());
      pool_.post([task] { (*task)(); });
    }
    go_.set_value();
  }
  std::vector<std::future<std::int64_t>> calls;

 private:
  std::promise<void> go_;
  core::TurnPool pool_{"turn", 1, 1000};
};

Code code_of(std::future<std::int64_t>& call) {
  try {
    call.get();
    return Code::kOk;
  } catch (const Error& error) {
    return error.code();
  }
}

TEST_CASE("writers at the same time share statements, and each hears of his own") {
  Fixture f;
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 1; i <= kEach; ++i) {
        // Of his own, and of all.
        if (f.sums.write(soon(), {100 + thread, 1}) != i) ++wrong;
        f.sums.write(soon(), {1, 1});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(f.sum() == 2 * kThreads * kEach);
  CHECK(f.largest > 1);
}

TEST_CASE("a row that somebody holds keeps waiting only those who want it") {
  Fixture f;
  for (std::int64_t key : {1, 2, 3}) f.sums.write(soon(), {key, 1});
  std::optional<OneTurn> turn;
  f.pool.write(soon(), [&](Tx& tx) {
    tx.exec(kLock, 2);
    turn.emplace(f, std::vector<std::int64_t>{1, 2, 3});
    // The jobs of one turn go on together; others do not wait for it.
    CHECK(testing::eventually([&] { return f.sum() == 5; }));
    f.wait_for_blocked(1);
    CHECK(f.sums.write(soon(), {4, 1}) == 1);
    CHECK_THROWS_AS(f.sums.write(std::chrono::steady_clock::now() + 300ms, {2, 1}), Error);
  });
  for (auto& call : turn->calls) CHECK(call.get() == 2);
  CHECK(f.sum() == 7);
}

TEST_CASE("a connection that is lost under a group is told to each, and nothing is written twice") {
  Fixture f;
  for (std::int64_t key : {1, 2, 3}) f.sums.write(soon(), {key, 1});
  f.patient = true;
  std::optional<OneTurn> turn;
  f.pool.write(soon(), [&](Tx& tx) {
    tx.exec(kLock, 1);
    turn.emplace(f, std::vector<std::int64_t>{1, 2, 3});
    auto pids = f.wait_for_blocked(1);
    f.pool.read(soon(), [&](Tx& other) { other.exec(kTerminate, pids.front()); });
    CHECK(code_of(turn->calls[1]) == Code::kUnavailable);
    CHECK(code_of(turn->calls[2]) == Code::kUnavailable);
  });
  CHECK(code_of(turn->calls[0]) == Code::kUnavailable);
  CHECK(f.sum() == 3);
  CHECK(f.sums.write(soon(), {1, 1}) == 2);
}

}  // namespace
}  // namespace marquee::db
