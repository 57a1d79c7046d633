// A service that commits facts with an event each, and consumers that write down what they hear, on
// a private Postgres and NATS. Each Suite has a database and a stream of its own.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "libs/bus/bus.h"
#include "libs/db/pool.h"
#include "libs/events/consumer.h"
#include "libs/events/relay.h"
#include "libs/testing/nats.h"
#include "libs/testing/postgres.h"
#include "libs/testing/process.h"

namespace marquee::events::testing {

using marquee::testing::eventually;
using marquee::testing::Nats;
using marquee::testing::Postgres;

// Short waits; `stream` names the stream and its subjects.
Config quick_config(const std::string& stream);
db::PoolConfig pool_config(const std::string& url);
// Writes the subject of each event to `effects` under the consumer's name.
Handlers effects_of(const std::string& consumer);
// The same, many at a time.
Handlers many_effects_of(const std::string& consumer);

struct Suite {
  explicit Suite(Postgres& postgres = Postgres::shared(), Nats& nats = Nats::shared());

  // One fact with its event, in a transaction. False when the database was away: then the fact may
  // be there or not.
  bool commit(std::int64_t fact);
  void commit_all(std::int64_t first, std::int64_t last);
  std::vector<std::int64_t> facts();
  // In the order in which they came about.
  std::vector<std::int64_t> effects(const std::string& consumer);
  std::int64_t count(const std::string& table);
  void run(const std::string& sql);
  // Waits until each fact has had its effect on `consumer`.
  bool all_heard(const std::string& consumer,
                 std::chrono::seconds patience = std::chrono::seconds(60));
  // The subjects of all events that the stream holds, in its order, each event once.
  std::vector<std::int64_t> stream();

  std::string url;
  Nats& nats;
  Config config;
  db::Pool pool;
  bus::Bus bus;
  Outbox outbox;
};

// Commits facts, from 1 on, on a thread of its own, until it ends.
class Load {
 public:
  explicit Load(Suite& suite);
  // Returns when so many more were committed.
  bool more(std::int64_t facts);
  void stop();
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  std::atomic<std::int64_t> committed_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

// Whether `heard` is each of `facts` once.
bool each_once(std::vector<std::int64_t> heard, const std::vector<std::int64_t>& facts);

}  // namespace marquee::events::testing
