// A connection with what is known of its session: prepared statements and the current time-out.
// Owned by the Pool, used by one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_set>

#include "libs/db/tx.h"

namespace marquee::db {

class Connection {
 public:
  // Connects; throws Error UNAVAILABLE.
  explicit Connection(const std::string& database_url);

  pqxx::connection& raw() { return *raw_; }
  void prepare(const Statement& statement);
  // Sets statement_timeout for what follows, rounded up to a step so that it rarely changes.
  void limit_statements(std::chrono::milliseconds left, std::chrono::milliseconds max);
  // Asks the server to end the running statement; blocks until it was told. The one thing that
  // another thread may do meanwhile.
  void cancel_statement() noexcept;
  // True when the server has closed it, or said something, while it was idle.
  bool stirred() const;
  bool broken() const { return broken_; }
  void mark_broken() { broken_ = true; }

 private:
  std::unique_ptr<pqxx::connection> raw_;
  std::unordered_set<const char*> prepared_;
  std::chrono::milliseconds timeout_{-1};
  bool broken_ = false;
};

}  // namespace marquee::db
