#include <future>

#include "libs/db/migrations.h"
#include "libs/db/pool.h"
#include "libs/testing/postgres.h"
#include "tests/catch.h"

namespace marquee::db {
namespace {

using namespace std::chrono_literals;
using testing::Postgres;

Deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

constexpr Statement kInsert{"insert", "INSERT INTO counters (name, value) VALUES ($1, $2)"};
constexpr Statement kValue{"value", "SELECT value FROM counters WHERE name = $1"};
constexpr Statement kSet{"set", "UPDATE counters SET value = $2 WHERE name = $1"};
constexpr Statement kSleep{"sleep", "SELECT pg_sleep($1)"};
constexpr Statement kBackend{"backend", "SELECT pg_backend_pid()"};
constexpr Statement kTerminate{"terminate", "SELECT pg_terminate_backend($1)"};

const std::vector<Migration> kMigrations = {
    {"0001_counters",
     "CREATE TABLE counters (name text CONSTRAINT counters_pkey PRIMARY KEY, value int NOT NULL "
     "CONSTRAINT counters_small CHECK (value < 1000000))"}};

PoolConfig config(const std::string& url, std::size_t size = 4) {
  PoolConfig made;
  made.database_url = url;
  made.size = size;
  return made;
}

struct Fixture {
  std::string url = Postgres::shared().create_database("movie");
  Pool pool{config(url)};
  Fixture() { migrate(pool, kMigrations); }

  int value(const std::string& name) {
    return pool.read(in(5s), [&](Tx& tx) { return tx.exec(kValue, name)[0][0].as<int>(); });
  }
};

TEST_CASE("a write is committed as a whole or not at all") {
  Fixture f;
  f.pool.write(in(5s), [](Tx& tx) { tx.exec(kInsert, std::string("a"), 1); });
  CHECK(f.value("a") == 1);
  CHECK_THROWS_AS(f.pool.write(in(5s),
                               [](Tx& tx) {
                                 tx.exec(kSet, std::string("a"), 2);
                                 throw Error::invalid("no", "no");
                               }),
                  Error);
  CHECK(f.value("a") == 1);
}

TEST_CASE("constraint violations carry the constraint's name") {
  Fixture f;
  auto insert = [&](int value) {
    f.pool.write(in(5s), [&](Tx& tx) { tx.exec(kInsert, std::string("a"), value); });
  };
  insert(1);
  try {
    insert(1);
    FAIL("no violation");
  } catch (const ConstraintViolation& violation) {
    CHECK(violation.constraint() == "counters_pkey");
    CHECK(violation.code() == Code::kAlreadyExists);
  }
  try {
    f.pool.write(in(5s), [](Tx& tx) { tx.exec(kSet, std::string("a"), 2000000); });
    FAIL("no violation");
  } catch (const ConstraintViolation& violation) {
    CHECK(violation.constraint() == "counters_small");
    CHECK(violation.code() == Code::kInvalidArgument);
  }
}

TEST_CASE("a statement ends at the deadline") {
  Fixture f;
  auto started = std::chrono::steady_clock::now();
  try {
    f.pool.read(in(150ms), [](Tx& tx) { tx.exec(kSleep, 20); });
    FAIL("it slept");
  } catch (const Error& error) {
    CHECK(error.code() == Code::kDeadlineExceeded);
  }
  CHECK(std::chrono::steady_clock::now() - started < 5s);
  CHECK_NOTHROW(f.pool.ping(in(5s)));
}

TEST_CASE("the wait for a connection ends at the deadline") {
  Fixture f;
  Pool single(config(f.url, 1));
  std::promise<void> taken;
  std::promise<void> give_back;
  auto holder = std::async(std::launch::async, [&] {
    single.read(in(10s), [&](Tx&) {
      taken.set_value();
      give_back.get_future().wait();
    });
  });
  taken.get_future().wait();
  try {
    single.ping(in(100ms));
    FAIL("there was a connection");
  } catch (const Error& error) {
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.retry_after() > 0ms);
  }
  give_back.set_value();
  holder.get();
  CHECK_NOTHROW(single.ping(in(5s)));
}

TEST_CASE("a lost connection is replaced and the read repeated") {
  Fixture f;
  Pool single(config(f.url, 1));
  int before = single.read(in(5s), [](Tx& tx) { return tx.exec(kBackend)[0][0].as<int>(); });
  f.pool.read(in(5s), [&](Tx& tx) { tx.exec(kTerminate, before); });
  int after = single.read(in(5s), [](Tx& tx) { return tx.exec(kBackend)[0][0].as<int>(); });
  CHECK(before != after);
}

TEST_CASE("a database that is down means UNAVAILABLE, and it is used again when back") {
  Postgres own;
  Pool pool(config(own.create_database("movie")));
  migrate(pool, kMigrations);
  own.stop();
  for (int i = 0; i < 3; ++i) {
    try {
      pool.ping(in(2s));
      FAIL("it answered");
    } catch (const Error& error) {
      CHECK(error.code() == Code::kUnavailable);
      CHECK(error.message() == "Service temporarily unavailable");
    }
  }
  own.start();
  CHECK(testing::eventually([&] {
    try {
      pool.ping(in(1s));
      return true;
    } catch (const Error&) {
      return false;
    }
  }));
}

TEST_CASE("serialization failures are retried until both writers have had their turn") {
  Fixture f;
  f.pool.write(in(5s), [](Tx& tx) { tx.exec(kInsert, std::string("a"), 0); });
  std::atomic<int> attempts{0};
  std::vector<std::future<void>> writers;
  for (int i = 0; i < 4; ++i) {
    writers.push_back(std::async(std::launch::async, [&] {
      for (int turn = 0; turn < 5; ++turn) {
        for (bool done = false; !done;) {
          try {
            f.pool.write_serializable(in(10s), [&](Tx& tx) {
              ++attempts;
              int value = tx.exec(kValue, std::string("a"))[0][0].as<int>();
              tx.exec(kSet, std::string("a"), value + 1);
            });
            done = true;
          } catch (const Error& error) {
            if (error.code() != Code::kAborted) throw;
          }
        }
      }
    }));
  }
  for (auto& writer : writers) writer.get();
  CHECK(f.value("a") == 20);
  CHECK(attempts >= 20);
}

TEST_CASE("replicas that start together migrate once") {
  std::string url = Postgres::shared().create_database("movie");
  std::vector<std::future<std::size_t>> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.push_back(std::async(std::launch::async, [&] {
      Pool pool(config(url, 1));
      return migrate(pool, kMigrations).size();
    }));
  }
  std::size_t applied = 0;
  for (auto& replica : replicas) applied += replica.get();
  CHECK(applied == 1);
}

TEST_CASE("a migration that fails leaves nothing; changed and unknown ones are refused") {
  std::string url = Postgres::shared().create_database("movie");
  Pool pool(config(url));
  CHECK_THROWS_WITH(
      migrate(pool, {{"0001_bad", "CREATE TABLE half (a int); CREATE TABLE half (a int)"}}),
      testing::contains("0001_bad"));
  CHECK(migrate(pool, kMigrations).size() == 1);
  CHECK_THROWS_WITH(migrate(pool, {{"0001_counters", "SELECT 1"}}), testing::contains("differs"));
  CHECK_THROWS_WITH(migrate(pool, {}), testing::contains("does not know"));
}

TEST_CASE("a service's role cannot read or write another service's schema") {
  Fixture f;
  f.pool.write(in(5s), [](Tx& tx) { tx.exec(kInsert, std::string("secret"), 1); });
  Pool other(config(Postgres::shared().add_service(f.url, "auth")));
  auto refused = [&](const std::string& sql) {
    try {
      other.write(in(5s), [&](Tx& tx) { tx.run(sql); });
      return false;
    } catch (const Error& error) {
      return error.code() == Code::kInternal;
    }
  };
  CHECK(refused("SELECT * FROM movie.counters"));
  CHECK(refused("UPDATE movie.counters SET value = 2"));
  CHECK(refused("CREATE TABLE movie.mine (a int)"));
  CHECK(refused("CREATE TABLE public.mine (a int)"));
  CHECK(refused("SET ROLE movie"));
  CHECK_NOTHROW(other.write(in(5s), [](Tx& tx) { tx.run("CREATE TABLE mine (a int)"); }));
}

TEST_CASE("lists and bytes survive their way through parameters") {
  Fixture f;
  constexpr Statement kUnnest{"unnest", "SELECT count(*), max(x) FROM unnest($1::text[]) x"};
  constexpr Statement kBytes{"bytes", "SELECT $1::bytea"};
  f.pool.read(in(5s), [&](Tx& tx) {
    auto row = tx.exec(kUnnest, array(std::vector<std::string>{"a", "b\"\\,{}", "é"}))[0];
    CHECK(row[0].as<int>() == 3);
    CHECK(row[1].as<std::string>() == "é");
    std::string bytes("\0\x01\xff", 3);
    CHECK(from_bytea(tx.exec(kBytes, bytea(bytes))[0][0].as<std::string>()) == bytes);
  });
  CHECK(array(std::vector<std::int64_t>{1, -2}) == "{1,-2}");
  CHECK(array(std::vector<std::int64_t>{}) == "{}");
  CHECK(from_array("{1,-2,30}") == std::vector<std::int64_t>{1, -2, 30});
  CHECK(from_array("{}").empty());
}

}  // namespace
}  // namespace marquee::db
