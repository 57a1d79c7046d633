// An import from beginning to end: its stages, fresh statistics for the planner, the caches told,
// a summary. One thread.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "libs/bus/bus.h"
#include "libs/db/pool.h"
#include "libs/rpc/channel.h"
#include "services/movie/importer/import_run.h"

namespace marquee::movie::importer {

struct ImportOrder {
  std::string kind;                // "movielens", "tmdb", "sample"
  std::vector<std::string> paths;  // a folder, or MOVIES.csv [CREDITS.csv]
};

// From the command's arguments. Throws Error INVALID_ARGUMENT for what is no import.
ImportOrder parse_order(const std::vector<std::string>& arguments);

// Where rejects go unless told: in the data folder, else beside the caller.
std::string default_rejects_path(const std::string& kind);

class Importer {
 public:
  // `out` hears of the progress; `live` when it is a terminal.
  Importer(db::Pool& pool, bus::Bus& bus, rpc::Channel& auth, std::ostream& out, bool live)
      : pool_(pool), bus_(bus), auth_(auth), out_(out), live_(live) {}

  // Throws Error.
  RunResult run(const ImportOrder& order, RunSettings settings);

 private:
  void summarise(const RunResult& result, const std::string& rejects_path, double seconds);
  void tell_caches();

  db::Pool& pool_;
  bus::Bus& bus_;
  rpc::Channel& auth_;
  std::ostream& out_;
  const bool live_;
};

}  // namespace marquee::movie::importer
