// A bounded pool of connections to one service's database. Any thread; each piece of work runs on
// the calling thread with a connection of its own.
//
//   auto movie = pool.read(call.deadline(), [&](db::Tx& tx) { return load(tx, id); });
//   pool.write(call.deadline(), [&](db::Tx& tx) { ... });   // commits on return, rolls back on
//   throw
//
// The wait for a connection and every statement are bounded by the deadline, and end when it is
// cancelled (Error CANCELLED); the connection stays usable. A connection that broke is replaced; a
// read is then tried once more, a write only if nothing was sent to commit.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "libs/core/deadline.h"
#include "libs/core/tally.h"
#include "libs/db/canceller.h"
#include "libs/db/tx.h"

namespace marquee::db {

struct PoolConfig {
  std::string database_url;
  std::size_t size = 8;
  std::chrono::milliseconds statement_timeout_max{30'000};
  std::string application_name = "marquee";
};

struct PoolStats {
  std::size_t open = 0;
  std::size_t busy = 0;
  std::size_t waiting = 0;
  std::uint64_t acquired = 0;
  std::uint64_t gave_up = 0;
  core::Durations::Reading waits;  // of those who found no connection free
};

class Pool {
 public:
  explicit Pool(PoolConfig config);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Statements run in autocommit: each sees its own snapshot.
  template <typename F>
  std::invoke_result_t<F&, Tx&> read(const Deadline& deadline, F&& work) {
    return with_result<std::invoke_result_t<F&, Tx&>>(
        work, [&](const std::function<void(Tx&)>& run) { run_read(deadline, run); });
  }

  // One transaction (read committed), run again from the start, at most 5 times, after a
  // serialization failure or deadlock; `work` must therefore have no effect outside the database.
  template <typename F>
  std::invoke_result_t<F&, Tx&> write(const Deadline& deadline, F&& work) {
    return with_result<std::invoke_result_t<F&, Tx&>>(
        work, [&](const std::function<void(Tx&)>& run) {
          run_write(deadline, run, Atomic::kTransaction);
        });
  }

  // The same for work that is a single statement, which needs no transaction around it: one round
  // trip instead of three.
  template <typename F>
  std::invoke_result_t<F&, Tx&> write_statement(const Deadline& deadline, F&& work) {
    return with_result<std::invoke_result_t<F&, Tx&>>(
        work,
        [&](const std::function<void(Tx&)>& run) { run_write(deadline, run, Atomic::kStatement); });
  }

  // The same with SERIALIZABLE isolation.
  template <typename F>
  std::invoke_result_t<F&, Tx&> write_serializable(const Deadline& deadline, F&& work) {
    return with_result<std::invoke_result_t<F&, Tx&>>(
        work, [&](const std::function<void(Tx&)>& run) {
          run_write(deadline, run, Atomic::kSerializable);
        });
  }

  // Throws Error UNAVAILABLE when the database does not answer until the deadline.
  void ping(const Deadline& deadline);
  PoolStats stats() const;
  const PoolConfig& config() const { return config_; }

 private:
  class Lease;
  enum class Atomic : std::uint8_t { kStatement, kTransaction, kSerializable };

  template <typename Result, typename F, typename Runner>
  static Result with_result(F& work, Runner&& runner) {
    if constexpr (std::is_void_v<Result>) {
      runner([&](Tx& tx) { work(tx); });
    } else {
      std::optional<Result> result;
      runner([&](Tx& tx) { result.emplace(work(tx)); });
      return std::move(*result);
    }
  }

  void run_read(const Deadline& deadline, const std::function<void(Tx&)>& work);
  void run_write(const Deadline& deadline, const std::function<void(Tx&)>& work, Atomic atomic);
  using Afterwards = std::vector<std::function<void()>>;
  // Returns what is to be done after the commit.
  Afterwards write_once(const Deadline& deadline, const std::function<void(Tx&)>& work,
                        Atomic atomic, bool& committing);
  std::unique_ptr<Connection> acquire(const Deadline& deadline);
  // Null `connection` means that one may be opened. False when all are in use; with the lock.
  bool take_free(std::unique_ptr<Connection>& connection);
  // Waits until take_free() says yes. Throws UNAVAILABLE, CANCELLED.
  void wait_for_free(const Deadline& deadline, std::unique_ptr<Connection>& connection);
  // Throws when nobody wants the work any more.
  void begin(Connection& connection, const Deadline& deadline) const;
  void release(std::unique_ptr<Connection> connection) noexcept;

  const PoolConfig config_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t acquired_ = 0;
  std::uint64_t gave_up_ = 0;
  core::Durations waits_;
  Canceller canceller_;
};

}  // namespace marquee::db
