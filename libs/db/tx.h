// One piece of work on a pooled connection: named, prepared statements with parameters, and errors
// translated from SQLSTATE to marquee::Error. The only header that shows libpqxx to stores, and the
// one place where the differences between its versions 6.4 and 7 are hidden.
//
//   constexpr db::Statement kFindMovie{"find_movie", "SELECT title FROM movies WHERE id = $1"};
//   auto rows = tx.exec(kFindMovie, id);
//
// A Tx lives inside Pool::read or Pool::write, on the thread that called it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <pqxx/pqxx>
#pragma GCC diagnostic pop

#include "libs/core/clock.h"
#include "libs/core/error.h"

namespace marquee::db {

// A SQL text with the name it is prepared under; names are unique within a service.
struct Statement {
  const char* name;
  const char* sql;
};

// A violated constraint, by its name. Stores turn those they know into what the client should hear;
// unturned it is ALREADY_EXISTS (unique) or INVALID_ARGUMENT (others) with a general text.
class ConstraintViolation : public Error {
 public:
  ConstraintViolation(Code code, std::string constraint)
      : Error(code, "constraint_violation", "The data conflicts with what is stored"),
        constraint_(std::move(constraint)) {}
  const std::string& constraint() const { return constraint_; }

 private:
  std::string constraint_;
};

// A lock was not to be had within lock_timeout.
class LockTimeout : public Error {
 public:
  LockTimeout() : Error(Error::deadline()) {}
};

class Connection;

class Tx {
 public:
  // Parameters: std::string, const char*, integers, double, bool, std::optional of those (unset is
  // NULL). Lists go through `array()` and `$1::bigint[]`, bytes through `bytea()`. Throws
  // ConstraintViolation; Error UNAVAILABLE (connection lost, server starting), DEADLINE_EXCEEDED
  // (statement time-out), INTERNAL (anything else; the SQL text is logged, never shown).
  template <typename... Args>
  pqxx::result exec(const Statement& statement, const Args&... args) {
    before(statement);
    try {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
      return work().exec_prepared(statement.name, args...);
#pragma GCC diagnostic pop
    } catch (...) {
      translate(statement.name);
    }
  }

  // For statements without parameters that cannot be prepared (DDL, SET, COPY). `sql` is our own
  // text, never a caller's.
  pqxx::result run(const std::string& sql);

  // Runs when this attempt's transaction (or single statement) was committed, on this thread, and
  // not at all when it was not; not inside Pool::read. Must not throw.
  void after_commit(std::function<void()> what) {
    after_commit_.push_back(std::move(what));
  }

  // For COPY (pqxx::stream_to).
  pqxx::transaction_base& work() {
    return *work_;
  }

 private:
  friend class Pool;
  Tx(Connection& connection, pqxx::transaction_base& work)
      : connection_(connection), work_(&work) {}
  void before(const Statement& statement);
  // Makes a second statement a mistake of the caller.
  void only_one() {
    statements_left_ = 1;
  }
  void count();
  [[noreturn]] void translate(const char* what);

  static constexpr int kAny = -1;

  Connection& connection_;
  pqxx::transaction_base* work_;
  int statements_left_ = kAny;
  std::vector<std::function<void()>> after_commit_;
};

// Turns the exception in flight (of libpqxx) into an Error; rethrows anything else. `what` names
// the statement in the log.
[[noreturn]] void translate_current_exception(const char* what);

// A column as it came, valid as long as the result.
inline std::string_view text(const pqxx::field& field) {
  return {field.c_str(), field.size()};
}
// A floating-point column; libpqxx 6 reads them through a stream.
double real(const pqxx::field& field);

// "{1,2,3}", for `$1::bigint[]`.
std::string array(const std::vector<std::int64_t>& values);
// Back from what a bigint[] column without nulls reads as.
std::vector<std::int64_t> from_array(std::string_view text);
// "{\"a\",\"b\"}" with escapes, for `$1::text[]`.
std::string array(const std::vector<std::string>& values);
// "\x00ff", for `$1::bytea`.
std::string bytea(std::string_view bytes);
// Back from what a bytea column reads as.
std::string from_bytea(std::string_view text);

}  // namespace marquee::db
