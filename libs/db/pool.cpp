#include "libs/db/pool.h"

#include <random>
#include <thread>

#include "libs/core/turn.h"
#include "libs/db/connection.h"
#include "libs/db/unwanted.h"

namespace marquee::db {
namespace {

constexpr int kWriteAttempts = 5;

bool worth_repeating(const Error& error) {
  return error.code() == Code::kAborted;
}

// A statement ends in the same way at its deadline and by request.
bool was_cancelled(const Error& error, const Deadline& deadline) {
  return error.code() == Code::kDeadlineExceeded && deadline.cancelled();
}

// Spreads rivals apart; a few milliseconds, on a worker thread.
void back_off(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> milliseconds(1, 4 << attempt);
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
}

}  // namespace

// Returns its connection to the pool, or closes it when it broke. While it lives, a cancellation
// reaches what the connection runs.
class Pool::Lease {
 public:
  Lease(Pool& pool, const Deadline& deadline)
      : pool_(pool),
        connection_(pool.acquire(deadline)),
        watch_(pool.canceller_, *connection_, deadline.cancellation()) {}
  ~Lease() {
    watch_.settle();
    pool_.release(std::move(connection_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Connection& operator*() { return *connection_; }
  Connection* operator->() { return connection_.get(); }
  // What runs from here on is run to its end.
  void settle() { watch_.settle(); }

 private:
  Pool& pool_;
  std::unique_ptr<Connection> connection_;
  Canceller::Watch watch_;
};

Pool::Pool(PoolConfig config) : config_(std::move(config)) {}
Pool::~Pool() = default;

bool Pool::take_free(std::unique_ptr<Connection>& connection) {
  if (!idle_.empty()) {
    connection = std::move(idle_.back());
    idle_.pop_back();
    ++acquired_;
    return true;
  }
  if (open_ == config_.size) return false;
  ++open_;
  ++acquired_;
  return true;
}

void Pool::wait_for_free(const Deadline& deadline, std::unique_ptr<Connection>& connection) {
  Cancellation::Hook hook(deadline.cancellation(), [this] {
    std::lock_guard lock(mutex_);
    freed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  bool got = false;
  const auto since = std::chrono::steady_clock::now();
  ++waiting_;
  freed_.wait_until(lock, deadline.at(), [&] {
    got = !deadline.cancelled() && take_free(connection);
    return got || deadline.cancelled();
  });
  --waiting_;
  waits_.add(std::chrono::steady_clock::now() - since);
  if (got) return;
  ++gave_up_;
  // The call that woke us may have been meant for one who goes on waiting.
  freed_.notify_one();
  if (deadline.cancelled()) throw unwanted(deadline);
  throw Error::unavailable("database_busy", "Service temporarily unavailable")
      .retry_after(std::chrono::seconds(1));
}

std::unique_ptr<Connection> Pool::acquire(const Deadline& deadline) {
  core::Turn::about_to_block();
  std::unique_ptr<Connection> connection;
  bool got = false;
  {
    std::lock_guard lock(mutex_);
    got = take_free(connection);
  }
  if (!got) wait_for_free(deadline, connection);
  if (connection) return connection;
  try {
    return std::make_unique<Connection>(config_.database_url);
  } catch (...) {
    std::lock_guard lock(mutex_);
    --open_;
    freed_.notify_one();
    throw;
  }
}

void Pool::release(std::unique_ptr<Connection> connection) noexcept {
  std::lock_guard lock(mutex_);
  if (connection->broken()) {
    --open_;
    // The others of the pool most likely died with it.
    open_ -= idle_.size();
    idle_.clear();
  } else {
    idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

void Pool::begin(Connection& connection, const Deadline& deadline) const {
  if (is_unwanted(deadline)) throw unwanted(deadline);
  connection.limit_statements(time_left(deadline), config_.statement_timeout_max);
}

void Pool::run_read(const Deadline& deadline, const std::function<void(Tx&)>& work) {
  for (int attempt = 1;; ++attempt) {
    Lease connection(*this, deadline);
    try {
      try {
        begin(*connection, deadline);
        pqxx::nontransaction raw(connection->raw());
        Tx tx(*connection, raw);
        work(tx);
        return;
      } catch (const Error&) {
        throw;
      } catch (const pqxx::failure&) {
        connection->mark_broken();
        translate_current_exception("read");
      }
    } catch (const Error& error) {
      if (was_cancelled(error, deadline)) throw unwanted(deadline);
      bool lost = connection->broken() && error.code() == Code::kUnavailable;
      if (!lost || attempt > 1 || is_unwanted(deadline)) throw;
    }
  }
}

// `committing` says, when it throws, whether the change may have been made all the same.
Pool::Afterwards Pool::write_once(const Deadline& deadline, const std::function<void(Tx&)>& work,
                                  Atomic atomic, bool& committing) {
  Lease connection(*this, deadline);
  try {
    begin(*connection, deadline);
    pqxx::nontransaction raw(connection->raw());
    Tx tx(*connection, raw);
    if (atomic == Atomic::kStatement) {
      // Only a connection that is alive may be trusted with it: it is not repeated.
      if (connection->stirred()) raw.exec("SELECT 1");
      tx.only_one();
      committing = true;
      work(tx);
      return std::move(tx.after_commit_);
    }
    raw.exec(atomic == Atomic::kSerializable ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN");
    try {
      work(tx);
      committing = true;
      raw.exec("COMMIT");
      return std::move(tx.after_commit_);
    } catch (...) {
      connection.settle();
      if (connection->raw().is_open() && !connection->broken()) {
        try {
          raw.exec("ROLLBACK");
        } catch (...) {
          connection->mark_broken();
        }
      }
      throw;
    }
  } catch (const Error&) {
    throw;
  } catch (const pqxx::broken_connection&) {
    connection->mark_broken();
    translate_current_exception(committing ? "commit" : "write");
  } catch (const pqxx::failure&) {
    translate_current_exception(committing ? "commit" : "write");
  }
}

void Pool::run_write(const Deadline& deadline, const std::function<void(Tx&)>& work,
                     Atomic atomic) {
  for (int attempt = 1;; ++attempt) {
    bool committing = false;
    try {
      const Afterwards afterwards = write_once(deadline, work, atomic, committing);
      for (const auto& then : afterwards) then();
      return;
    } catch (const Error& error) {
      if (was_cancelled(error, deadline)) throw unwanted(deadline);
      bool again = worth_repeating(error) ||
                   (error.reason() == "database_unavailable" && !committing && attempt == 1);
      if (!again || attempt >= kWriteAttempts || is_unwanted(deadline)) throw;
    }
    back_off(attempt);
  }
}

void Pool::ping(const Deadline& deadline) {
  static constexpr Statement kPing{"ping", "SELECT 1"};
  read(deadline, [](Tx& tx) { tx.exec(kPing); });
}

PoolStats Pool::stats() const {
  std::lock_guard lock(mutex_);
  return {open_, open_ - idle_.size(), waiting_, acquired_, gave_up_, waits_.read()};
}

}  // namespace marquee::db
