#include "libs/db/loader.h"

#include <future>
#include <mutex>
#include <numeric>

#include "libs/core/turn_pool.h"
#include "libs/testing/postgres.h"
#include "tests/catch.h"

namespace marquee::db {
namespace {

using namespace std::chrono_literals;
using testing::Postgres;
using Key = std::int64_t;
using Keys = std::vector<Key>;
using Squares = Gatherer<Key, Key>;

Deadline soon() {
  return std::chrono::steady_clock::now() + 30s;
}

struct Cancellable {
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();
  Deadline deadline{std::chrono::steady_clock::now() + 30s, cancellation};
};

// Squares of what is not negative; remembers what it was asked for.
struct Source {
  std::mutex mutex;
  std::vector<Keys> asked;
  std::vector<Deadline> deadlines;
  std::function<void(const Deadline&, const Keys&)> before = [](const auto&, const auto&) {};

  Squares::Fetch fetch() {
    return [this](const Deadline& deadline, const Keys& keys, Squares::FoundValues& found) {
      {
        std::lock_guard lock(mutex);
        asked.push_back(keys);
        deadlines.push_back(deadline);
      }
      before(deadline, keys);
      for (Key key : keys) {
        if (key >= 0) found.add(key, key * key);
      }
    };
  }
};

// Runs jobs in one turn: its only thread is held until all are queued.
class OneTurn {
 public:
  OneTurn() {
    pool_.post([this] { go_.get_future().wait(); });
  }

  // What the job throws comes out of the future.
  std::future<void> add(std::function<void()> job) {
    auto task = std::make_shared<std::packaged_task<void()>>(std::move(job));
    pool_.post([task] { (*task)(); });
    return task->get_future();
  }
  void go() { go_.set_value(); }

 private:
  std::promise<void> go_;
  core::TurnPool pool_{"turn", 1, 1000};
};

Code code_of(std::future<void>& job) {
  try {
    job.get();
    return Code::kOk;
  } catch (const Error& error) {
    return error.code();
  }
}

TEST_CASE("outside of a turn a loader asks at once, alone") {
  Source source;
  Squares squares(source.fetch());
  CHECK(*squares.load(soon(), 3) == 9);
  CHECK(squares.load(soon(), -3) == nullptr);
  auto values = squares.load_many(soon(), {2, -2, 5, 2});
  REQUIRE(values.size() == 4);
  CHECK(*values[0] == 4);
  CHECK(values[1] == nullptr);
  CHECK(*values[2] == 25);
  CHECK(*values[3] == 4);
  CHECK(source.asked == std::vector<Keys>{{3}, {-3}, {2, -2, 5}});
  CHECK(squares.load_many(soon(), {}).empty());
  CHECK(source.asked.size() == 3);
}

TEST_CASE("jobs of a turn ask together, each key once, and get their own") {
  Source source;
  Squares squares(source.fetch());
  std::vector<Key> got(12);
  std::vector<std::future<void>> jobs;
  OneTurn turn;
  for (std::size_t i = 0; i < got.size(); ++i) {
    jobs.push_back(turn.add([&, i] { got[i] = *squares.load(soon(), static_cast<Key>(i / 2)); }));
  }
  turn.go();
  for (auto& job : jobs) job.get();
  CHECK(source.asked == std::vector<Keys>{{0, 1, 2, 3, 4, 5}});
  CHECK(got == std::vector<Key>{0, 0, 1, 1, 4, 4, 9, 9, 16, 16, 25, 25});
}

TEST_CASE("a query has at most 256 keys") {
  Source source;
  Squares squares(source.fetch());
  auto range = [](Key from) {
    Keys keys(200);
    std::iota(keys.begin(), keys.end(), from);
    return keys;
  };
  std::vector<Squares::Values> got(3);
  std::vector<std::future<void>> jobs;
  OneTurn turn;
  for (std::size_t i = 0; i < got.size(); ++i) {
    jobs.push_back(
        turn.add([&, i] { got[i] = squares.load_many(soon(), range(static_cast<Key>(i) * 150)); }));
  }
  turn.go();
  for (auto& job : jobs) job.get();
  REQUIRE(source.asked.size() == 2);
  CHECK(source.asked[0].size() == 256);
  CHECK(source.asked[1].size() == 244);
  int wrong = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    for (std::size_t n = 0; n < 200; ++n) {
      auto key = static_cast<Key>(i * 150 + n);
      if (*got[i][n] != key * key) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a failing query fails those who wanted its keys, and only those") {
  Source source;
  source.before = [](const Deadline&, const Keys& keys) {
    if (std::find(keys.begin(), keys.end(), 300) != keys.end()) {
      throw Error(Code::kUnavailable, "down", "down");
    }
  };
  Squares squares(source.fetch(), 2);
  OneTurn turn;
  Key got = 0;
  auto well = turn.add([&] { got = *squares.load(soon(), 1); });
  auto also_well = turn.add([&] { squares.load(soon(), 2); });
  auto ill = turn.add([&] { squares.load(soon(), 300); });
  auto with_it = turn.add([&] { squares.load_many(soon(), {1, 4}); });
  turn.go();
  CHECK(code_of(well) == Code::kOk);
  CHECK(code_of(also_well) == Code::kOk);
  CHECK(code_of(ill) == Code::kUnavailable);
  CHECK(code_of(with_it) == Code::kUnavailable);
  CHECK(got == 1);
}

TEST_CASE("who gave up before the query is left out of it") {
  Source source;
  Squares squares(source.fetch());
  Cancellable gone;
  OneTurn turn;
  auto left = turn.add([&] { squares.load_many(gone.deadline, {1, 2}); });
  auto late = turn.add([&] { squares.load(Deadline(std::chrono::steady_clock::now()), 3); });
  auto stays = turn.add([&] { squares.load_many(soon(), {2, 4}); });
  gone.cancellation->cancel();
  turn.go();
  CHECK(code_of(left) == Code::kCancelled);
  CHECK(code_of(late) == Code::kDeadlineExceeded);
  CHECK(code_of(stays) == Code::kOk);
  CHECK(source.asked == std::vector<Keys>{{2, 4}});
}

TEST_CASE("a query runs until the latest deadline, and is cancelled with the last who waits") {
  Source source;
  Squares squares(source.fetch());
  Cancellable one;
  Cancellable other;
  other.deadline = {one.deadline.at() + 5s, other.cancellation};
  std::vector<bool> cancelled;
  source.before = [&](const Deadline& deadline, const Keys&) {
    cancelled.push_back(deadline.cancelled());
    one.cancellation->cancel();
    cancelled.push_back(deadline.cancelled());
    other.cancellation->cancel();
    cancelled.push_back(deadline.cancelled());
  };
  OneTurn turn;
  auto first = turn.add([&] { squares.load(one.deadline, 1); });
  auto second = turn.add([&] { squares.load(other.deadline, 2); });
  turn.go();
  CHECK(code_of(first) == Code::kCancelled);
  CHECK(code_of(second) == Code::kCancelled);
  CHECK(cancelled == std::vector<bool>{false, false, true});
  REQUIRE(source.deadlines.size() == 1);
  CHECK(source.deadlines[0].at() == other.deadline.at());
}

TEST_CASE("a query that somebody who cannot be cancelled waits for is not cancelled") {
  Source source;
  Squares squares(source.fetch());
  Cancellable gone;
  source.before = [&](const Deadline&, const Keys&) { gone.cancellation->cancel(); };
  OneTurn turn;
  auto left = turn.add([&] { squares.load(gone.deadline, 1); });
  auto stays = turn.add([&] { squares.load(soon(), 1); });
  turn.go();
  CHECK(code_of(left) == Code::kCancelled);
  CHECK(code_of(stays) == Code::kOk);
  REQUIRE(source.deadlines.size() == 1);
  CHECK_FALSE(source.deadlines[0].cancelled());
}

constexpr Statement kValues{"values",
                            "SELECT name, value FROM counters WHERE name = ANY($1::text[])"};
constexpr Statement kSet{"set", "UPDATE counters SET value = $2 WHERE name = $1"};
constexpr Statement kSleepingValues{
    "sleeping_values",
    "SELECT name, value FROM counters, pg_sleep(1000) WHERE name = ANY($1::text[])"};
constexpr Statement kSleeping{
    "sleeping",
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(1000)%'"
    " AND pid <> pg_backend_pid() AND datname = current_database()"};

struct Fixture {
  using Counters = Loader<std::string, int>;
  PoolConfig config{Postgres::shared().create_database("movie"), 4, 30'000ms, "test"};
  Pool pool{config};
  std::atomic<int> queries{0};
  Counters counters{pool, query(kValues)};
  Counters sleeping{pool, query(kSleepingValues)};

  Fixture() {
    pool.write(soon(), [](Tx& tx) {
      tx.run("CREATE TABLE counters (name text PRIMARY KEY, value int)");
      tx.run("INSERT INTO counters VALUES ('a', 1), ('b', 2), ('c', 3)");
    });
  }
  Counters::Query query(const Statement& statement) {
    return [this, statement](Tx& tx, const auto& keys, auto& found) {
      ++queries;
      for (const auto& row : tx.exec(statement, array(keys))) {
        found.add(row[0].template as<std::string>(), row[1].template as<int>());
      }
    };
  }
};

TEST_CASE("a handler that wrote reads what it wrote") {
  Fixture f;
  std::vector<int> got(8);
  std::vector<std::future<void>> jobs;
  OneTurn turn;
  for (std::size_t i = 0; i < got.size(); ++i) {
    jobs.push_back(turn.add([&, i] {
      if (i == 5) f.pool.write(soon(), [](Tx& tx) { tx.exec(kSet, std::string("a"), 50); });
      got[i] = *f.counters.load(soon(), "a");
      if (i != 6) return;
      f.pool.write(soon(), [](Tx& tx) { tx.exec(kSet, std::string("a"), 60); });
      got[i] = *f.counters.load(soon(), "a");
    }));
  }
  turn.go();
  for (auto& job : jobs) job.get();
  CHECK(got[5] == 50);
  CHECK(got[6] == 60);
  CHECK(f.queries < 8);
}

TEST_CASE("a gathered statement is cancelled in the database when all have gone") {
  Fixture f;
  Cancellable one;
  Cancellable other;
  OneTurn turn;
  auto first = turn.add([&] { f.sleeping.load(one.deadline, "a"); });
  auto second = turn.add([&] { f.sleeping.load(other.deadline, "b"); });
  turn.go();
  auto asleep = [&] {
    return f.pool.read(soon(), [](Tx& tx) { return tx.exec(kSleeping)[0][0].as<int>() > 0; });
  };
  REQUIRE(testing::eventually(asleep));
  one.cancellation->cancel();
  CHECK(asleep());
  other.cancellation->cancel();
  CHECK(code_of(first) == Code::kCancelled);
  CHECK(code_of(second) == Code::kCancelled);
  CHECK_FALSE(asleep());
}

}  // namespace
}  // namespace marquee::db
