#include "tests/integration/events/suite.h"

#include <algorithm>
#include <set>

#include "libs/db/migrations.h"
#include "marquee/events/v1/movies.pb.h"

namespace marquee::events::testing {
namespace {

using namespace std::chrono_literals;

constexpr db::Statement kFact{"test_fact", "INSERT INTO facts VALUES ($1)"};
constexpr db::Statement kEffect{"test_effect",
                                "INSERT INTO effects (consumer, subject) VALUES ($1, $2)"};
constexpr db::Statement kEffects{"test_effects",
                                 "SELECT subject FROM effects WHERE consumer = $1 ORDER BY n"};

Deadline soon() {
  return std::chrono::steady_clock::now() + 20s;
}

std::string next_stream() {
  static std::atomic<int> streams{0};
  return "EVENTS" + std::to_string(++streams);
}

std::string migrated(const std::string& url) {
  db::Pool pool(pool_config(url));
  db::migrate(pool, migrations());
  return url;
}

std::vector<std::int64_t> numbers(const pqxx::result& rows) {
  std::vector<std::int64_t> found;
  for (const auto& row : rows) found.push_back(row[0].as<std::int64_t>());
  return found;
}

}  // namespace

Config quick_config(const std::string& stream) {
  Config config;
  config.stream = config.prefix = stream;
  config.sweep = 200ms;
  config.batch = 16;
  config.ack_patience = 1s;
  config.retry_first = 20ms;
  config.retry_max = 200ms;
  config.ack_wait = 1s;
  config.failures_max = 3;
  config.again_first = 20ms;
  config.again_max = 200ms;
  return config;
}

db::PoolConfig pool_config(const std::string& url) {
  db::PoolConfig config;
  config.database_url = url;
  return config;
}

Handlers effects_of(const std::string& consumer) {
  Handlers handlers;
  handlers.on(kReviewCreated,
              [consumer](db::Tx& tx, const StoredEvent& event, const v1::ReviewCreated&) {
                tx.exec(kEffect, consumer, event.subject);
              });
  return handlers;
}

Handlers many_effects_of(const std::string& consumer) {
  Handlers handlers;
  handlers.on_many(kReviewCreated,
                   [consumer](db::Tx& tx, const std::vector<Heard<v1::ReviewCreated>>& heard) {
                     for (const auto& [event, message] : heard) {
                       tx.exec(kEffect, consumer, event.subject);
                     }
                   });
  return handlers;
}

Suite::Suite(Postgres& postgres, Nats& bus_server)
    : url(migrated(postgres.create_database("movie"))),
      nats(bus_server),
      config(quick_config(next_stream())),
      pool(pool_config(url)),
      bus(nats.url(), "events-test") {
  eventually([this] { return bus.connected(); });
}

bool Suite::commit(std::int64_t fact) {
  try {
    pool.write(soon(), [&](db::Tx& tx) {
      tx.exec(kFact, fact);
      outbox.add(tx, kReviewCreated, fact, v1::ReviewCreated());
    });
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Suite::commit_all(std::int64_t first, std::int64_t last) {
  for (std::int64_t fact = first; fact <= last; ++fact) commit(fact);
}

std::vector<std::int64_t> Suite::facts() {
  return pool.read(soon(),
                   [](db::Tx& tx) { return numbers(tx.run("SELECT id FROM facts ORDER BY id")); });
}

std::vector<std::int64_t> Suite::effects(const std::string& consumer) {
  return pool.read(soon(), [&](db::Tx& tx) { return numbers(tx.exec(kEffects, consumer)); });
}

std::int64_t Suite::count(const std::string& table) {
  return pool.read(soon(), [&](db::Tx& tx) {
    return tx.run("SELECT count(*) FROM " + table)[0][0].as<std::int64_t>();
  });
}

void Suite::run(const std::string& sql) {
  pool.write(soon(), [&](db::Tx& tx) { tx.run(sql); });
}

bool Suite::all_heard(const std::string& consumer, std::chrono::seconds patience) {
  return eventually(
      [&] {
        try {
          return effects(consumer).size() >= facts().size() && count("outbox") == 0;
        } catch (const Error&) {
          return false;
        }
      },
      patience);
}

std::vector<std::int64_t> Suite::stream() {
  static std::atomic<int> audits{0};
  bus::JetStream jetstream(bus);
  bus::ConsumerConfig audit;
  audit.stream = config.stream;
  audit.name = "audit-" + std::to_string(++audits);
  audit.subject = config.prefix + ".>";
  audit.unacked_max = 100'000;
  auto member = jetstream.consume(audit);
  std::vector<std::int64_t> subjects;
  std::set<std::string> ids;
  while (jetstream.backlog(audit.stream, audit.name).pending > 0) {
    for (auto& delivery : member.fetch(100, 1s)) {
      for (const auto& event : decode_all(delivery.payload())) {
        if (ids.insert(event.id).second) subjects.push_back(event.subject);
      }
      delivery.ack();
    }
  }
  return subjects;
}

Load::Load(Suite& suite) {
  thread_ = std::thread([this, &suite] {
    for (std::int64_t fact = 1; !ending_; ++fact) {
      suite.commit(fact);
      committed_ = fact;
    }
  });
}

bool Load::more(std::int64_t facts) {
  const std::int64_t until = committed_ + facts;
  return eventually([&] { return committed_ >= until; }, 60s);
}

void Load::stop() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

bool each_once(std::vector<std::int64_t> heard, const std::vector<std::int64_t>& facts) {
  std::sort(heard.begin(), heard.end());
  return heard == facts;
}

}  // namespace marquee::events::testing
