// Takes an import through its stages, chunk by chunk: each chunk is one transaction that holds its
// rows and how far the file is read, so that stopping at any time loses nothing and repeats
// nothing. Owned by the command, one thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "services/movie/importer/chunk_lines.h"
#include "services/movie/importer/progress.h"
#include "services/movie/importer/reject_file.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

struct RunSettings {
  std::size_t chunk_rows = 50'000;
  std::size_t chunk_bytes = 8 << 20;  // of the file; the last record may go beyond
  std::string rejects_path;
  // Asked before each chunk; true ends the run.
  std::function<bool()> stopped = [] { return false; };
};

struct RunResult {
  bool finished = false;  // else stopped, and to be continued
  bool resumed = false;
  Counts counts;  // of the whole import, over all its runs
  Counts this_run;
};

class ImportRun {
 public:
  // `kind` names the import in the bookkeeping.
  ImportRun(db::Pool& pool, std::string kind, RunSettings settings, Progress& progress);

  RunResult run(std::vector<std::unique_ptr<Stage>>& stages);

 private:
  bool run_stage(Stage& stage, StageState& state, ImportState& import, RejectFile& rejects);
  // Reads until the chunk is full or the file ends; false at its end.
  bool read_chunk(Stage& stage);
  void store_chunk(Stage& stage, StageState& state, const ImportState& import, bool last,
                   RejectFile& rejects);
  void report(Stage& stage, const std::vector<RejectedRow>& rejected);

  db::Pool& pool_;
  const std::string kind_;
  const RunSettings settings_;
  Progress& progress_;
  Ledger ledger_;
  ChunkLines lines_;
  Counts this_run_;
  std::size_t reported_ = 0;
};

}  // namespace marquee::movie::importer
