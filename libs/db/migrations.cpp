#include "libs/db/migrations.h"

#include <thread>

#include "libs/core/log.h"

namespace marquee::db {
namespace {

// Any fixed number: every service locks within its own schema's name.
constexpr Statement kLock{
    "migrations_lock",
    "SELECT pg_try_advisory_lock(hashtext('marquee migrations'), hashtext(current_schema()))"};
constexpr Statement kUnlock{
    "migrations_unlock",
    "SELECT pg_advisory_unlock(hashtext('marquee migrations'), hashtext(current_schema()))"};
constexpr Statement kApplied{"migrations_applied",
                             "SELECT name, checksum FROM schema_migrations ORDER BY name"};
constexpr Statement kRecord{
    "migrations_record",
    "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES ($1, md5($2), now())"};
constexpr Statement kChecksum{"migrations_checksum", "SELECT md5($1)"};

// Advisory locks are polled rather than awaited, so that a statement time-out cannot cut the wait.
constexpr std::chrono::milliseconds kPoll{50};

void lock(Tx& tx, const Deadline& deadline) {
  while (!tx.exec(kLock)[0][0].as<bool>()) {
    if (time_left(deadline).count() == 0) {
      throw Error::unavailable("migration_locked", "Another process holds the migration lock");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

void apply(Tx& tx, const Migration& migration) {
  tx.run("BEGIN");
  try {
    tx.run(migration.sql);
    tx.exec(kRecord, migration.name, migration.sql);
    tx.run("COMMIT");
  } catch (const Error& error) {
    tx.run("ROLLBACK");
    throw Error(error.code(), "migration_failed",
                "Migration " + migration.name + " failed: " + error.message());
  }
}

std::vector<std::string> apply_missing(Tx& tx, const std::vector<Migration>& migrations) {
  tx.run(
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)");
  auto applied = tx.exec(kApplied);
  std::vector<std::string> now;
  std::size_t known = 0;
  for (const auto& migration : migrations) {
    bool done = false;
    for (const auto& row : applied) {
      if (row[0].as<std::string>() != migration.name) continue;
      done = true;
      ++known;
      if (tx.exec(kChecksum, migration.sql)[0][0].as<std::string>() != row[1].as<std::string>()) {
        throw Error(Code::kFailedPrecondition, "migration_changed",
                    "Migration " + migration.name + " differs from the one that was applied");
      }
    }
    if (done) continue;
    apply(tx, migration);
    now.push_back(migration.name);
  }
  if (known < static_cast<std::size_t>(applied.size())) {
    throw Error(Code::kFailedPrecondition, "schema_newer",
                "The database has migrations that this version does not know");
  }
  return now;
}

}  // namespace

std::vector<std::string> migrate(Pool& pool, const std::vector<Migration>& migrations,
                                 std::chrono::milliseconds patience) {
  Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    try {
      return pool.read(deadline, [&](Tx& tx) {
        lock(tx, deadline);
        std::vector<std::string> applied;
        try {
          applied = apply_missing(tx, migrations);
        } catch (const Error& error) {
          if (error.code() != Code::kUnavailable) tx.exec(kUnlock);
          throw;
        }
        tx.exec(kUnlock);
        return applied;
      });
    } catch (const Error& error) {
      if (error.code() != Code::kUnavailable || time_left(deadline) < kPoll) throw;
      log::warn("waiting for the database", {{"error", error.message()}});
      std::this_thread::sleep_for(std::min(time_left(deadline), std::chrono::milliseconds(500)));
    }
  }
}

}  // namespace marquee::db
