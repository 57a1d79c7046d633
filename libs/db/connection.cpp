#include "libs/db/connection.h"

#include <poll.h>

#include "libs/core/log.h"

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
    // All values of a statement's parameters take one plan: making one takes longer than most of
    // our statements do, and statements whose plans depend on what they ask for differ in their
    // text.
    pqxx::nontransaction tx(*raw_);
    tx.exec("SET plan_cache_mode = force_generic_plan");
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
  // Calls that waited a little differently are not worth a round trip.
  if (timeout_ >= timeout && timeout_ <= timeout + step) return;
  pqxx::nontransaction tx(*raw_);
  tx.exec("SET statement_timeout = " + std::to_string(timeout.count()));
  timeout_ = timeout;
}

void Connection::cancel_statement() noexcept {
  try {
    raw_->cancel_query();
  } catch (const std::exception& error) {
    log::warn("statement not cancelled", {{"error", error.what()}});
  }
}

bool Connection::stirred() const {
  pollfd socket{raw_->sock(), POLLIN, 0};
  return ::poll(&socket, 1, 0) != 0;
}

}  // namespace marquee::db
