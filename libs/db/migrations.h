// Brings a service's schema up to date at start: SQL files embedded at build time, applied once
// each, in order, every one in its own transaction, under an advisory lock, so that replicas may
// start together.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libs/db/pool.h"

namespace marquee::db {

struct Migration {
  std::string name;  // "0001_users"
  std::string sql;
};

// Waits up to `patience` for the database to answer and for the lock. Returns the names applied
// now. Throws Error FAILED_PRECONDITION when the database holds a migration this binary does not
// know (a newer version ran) or a text that differs from what was applied.
std::vector<std::string> migrate(Pool& pool, const std::vector<Migration>& migrations,
                                 std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace marquee::db

namespace marquee {
// This binary's migrations, made by marquee_migrations() in CMake.
const std::vector<db::Migration>& migrations();
}  // namespace marquee
