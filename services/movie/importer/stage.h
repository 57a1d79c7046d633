// One file of an import and what becomes of its lines. The runner reads the file in chunks: add()
// each row, prepare() outside a transaction, store() inside one, clear(). Owned by the import, one
// thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/movie/importer/csv_table.h"
#include "services/movie/importer/ledger.h"

namespace marquee::movie::importer {

struct RejectedRow {
  std::int64_t line = 0;
  std::string reason;
};

// What a chunk did; `counts.rejected` is left to the runner.
struct StoreResult {
  Counts counts;
  std::vector<RejectedRow> rejected;
};

class Stage {
 public:
  Stage(std::string name, std::filesystem::path file, CsvShape shape)
      : name_(std::move(name)), table_(std::move(file), std::move(shape)) {}
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const std::string& name() const { return name_; }
  CsvTable& table() { return table_; }

  // Takes the table's present row. Throws BadRow.
  virtual void add() = 0;
  // For what must not happen in a transaction: asking other services.
  virtual void prepare() {}
  // Writes the rows added since clear(). May be called again after a conflict.
  virtual StoreResult store(db::Tx& tx) = 0;
  virtual void clear() = 0;

 protected:
  std::int64_t line() const { return static_cast<std::int64_t>(table_.reader().line()); }
  std::string_view text(std::size_t column) const { return table_.text(column); }

 private:
  const std::string name_;
  CsvTable table_;
};

}  // namespace marquee::movie::importer
