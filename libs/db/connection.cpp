#include "libs/db/connection.h"

namespace marquee::db {

Connection::Connection(const std::string& database_url) {
  try {
    raw_ = std::make_unique<pqxx::connection>(database_url);
#if PQXX_VERSION_MAJOR < 7
    // Version 6 reconnects silently, which would lose prepared statements and settings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    raw_->inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  } catch (...) {
    translate_current_exception("connect");
  }
}

void Connection::prepare(const Statement& statement) {
  if (prepared_.contains(statement.name)) return;
  raw_->prepare(statement.name, statement.sql);
  prepared_.insert(statement.name);
}

void Connection::limit_statements(std::chrono::milliseconds left, std::chrono::milliseconds max) {
  using std::chrono::milliseconds;
  milliseconds step = left > milliseconds(1000) ? milliseconds(1000) : milliseconds(100);
  milliseconds timeout = (left / step + 1) * step;
  if (timeout > max) timeout = max;
  if (timeout == timeout_) return;
  pqxx::nontransaction tx(*raw_);
  tx.exec("SET statement_timeout = " + std::to_string(timeout.count()));
  timeout_ = timeout;
}

}  // namespace marquee::db
