// The bookkeeping of imports (tables imports and import_stages): what is done, where an interrupted
// one goes on. Stateless but for the pool; used by the import's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "services/movie/importer/csv_reader.h"

namespace marquee::movie::importer {

struct Counts {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t unchanged = 0;
  std::int64_t rejected = 0;

  Counts& operator+=(const Counts& other);
  std::int64_t rows() const { return added + changed + unchanged + rejected; }
};

struct StageState {
  std::string stage;
  std::string file_identity;
  CsvPosition position;
  bool done = false;
  Counts counts;
};

struct ImportState {
  std::int64_t id = 0;
  bool resumed = false;
  std::string rejects_path;
  std::uint64_t rejects_bytes = 0;
  std::vector<StageState> stages;
};

class Ledger {
 public:
  explicit Ledger(db::Pool& pool) : pool_(pool) {}

  // Finds the unfinished import of this kind if it read the same files (stage and identity of each,
  // in order), else forgets it and begins a new one.
  ImportState open(const std::string& kind, const std::string& rejects_path,
                   const std::vector<StageState>& stages);

  // In the transaction of a chunk: takes the lock that makes imports write one after the other, and
  // throws Error FAILED_PRECONDITION when another process has continued this import.
  static void lock(db::Tx& tx, std::int64_t import_id, const StageState& before);
  static void save(db::Tx& tx, std::int64_t import_id, const StageState& after,
                   std::uint64_t rejects_bytes);

  // Ends the import and empties the working tables.
  void finish(const ImportState& import, const std::string& kind);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie::importer
