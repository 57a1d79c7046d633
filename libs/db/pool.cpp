#include "libs/db/pool.h"

#include <random>
#include <thread>

#include "libs/core/log.h"
#include "libs/db/connection.h"

namespace marquee::db {
namespace {

constexpr int kWriteAttempts = 5;

bool worth_repeating(const Error& error) {
  return error.code() == Code::kAborted;
}

// Spreads rivals apart; a few milliseconds, on a worker thread.
void back_off(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> milliseconds(1, 4 << attempt);
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
}

}  // namespace

// Returns its connection to the pool, or closes it when it broke.
class Pool::Lease {
 public:
  Lease(Pool& pool, Deadline deadline) : pool_(pool), connection_(pool.acquire(deadline)) {}
  ~Lease() { pool_.release(std::move(connection_)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Connection& operator*() { return *connection_; }
  Connection* operator->() { return connection_.get(); }

 private:
  Pool& pool_;
  std::unique_ptr<Connection> connection_;
};

Pool::Pool(PoolConfig config) : config_(std::move(config)) {}
Pool::~Pool() = default;

std::unique_ptr<Connection> Pool::acquire(Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    ++waiting_;
    bool got = freed_.wait_until(lock, deadline.at(),
                                 [this] { return !idle_.empty() || open_ < config_.size; });
    --waiting_;
    if (!got) {
      throw Error::unavailable("database_busy", "Service temporarily unavailable")
          .retry_after(std::chrono::seconds(1));
    }
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    ++open_;
  }
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

void Pool::run_read(Deadline deadline, const std::function<void(Tx&)>& work) {
  for (int attempt = 1;; ++attempt) {
    Lease connection(*this, deadline);
    try {
      try {
        connection->limit_statements(time_left(deadline), config_.statement_timeout_max);
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
      bool lost = connection->broken() && error.code() == Code::kUnavailable;
      if (!lost || attempt > 1 || time_left(deadline).count() == 0) throw;
    }
  }
}

void Pool::run_write(Deadline deadline, const std::function<void(Tx&)>& work, bool serializable) {
  for (int attempt = 1;; ++attempt) {
    bool committing = false;
    try {
      Lease connection(*this, deadline);
      try {
        connection->limit_statements(time_left(deadline), config_.statement_timeout_max);
        pqxx::nontransaction raw(connection->raw());
        raw.exec(serializable ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN");
        try {
          Tx tx(*connection, raw);
          work(tx);
          committing = true;
          raw.exec("COMMIT");
        } catch (...) {
          if (connection->raw().is_open() && !connection->broken()) {
            try {
              raw.exec("ROLLBACK");
            } catch (...) {
              connection->mark_broken();
            }
          }
          throw;
        }
        return;
      } catch (const Error&) {
        throw;
      } catch (const pqxx::broken_connection&) {
        connection->mark_broken();
        translate_current_exception(committing ? "commit" : "write");
      } catch (const pqxx::failure&) {
        translate_current_exception(committing ? "commit" : "write");
      }
    } catch (const Error& error) {
      bool again = worth_repeating(error) ||
                   (error.reason() == "database_unavailable" && !committing && attempt == 1);
      if (!again || attempt >= kWriteAttempts || time_left(deadline).count() == 0) throw;
    }
    back_off(attempt);
  }
}

void Pool::ping(Deadline deadline) {
  static constexpr Statement kPing{"ping", "SELECT 1"};
  read(deadline, [](Tx& tx) { tx.exec(kPing); });
}

PoolStats Pool::stats() const {
  std::lock_guard lock(mutex_);
  return {open_, open_ - idle_.size(), waiting_};
}

}  // namespace marquee::db
