#include "services/movie/importer/import_run.h"

namespace marquee::movie::importer {
namespace {

constexpr std::chrono::minutes kChunkPatience{10};
constexpr std::size_t kReportedMax = 20;

}  // namespace

ImportRun::ImportRun(db::Pool& pool, std::string kind, RunSettings settings, Progress& progress)
    : pool_(pool),
      kind_(std::move(kind)),
      settings_(std::move(settings)),
      progress_(progress),
      ledger_(pool) {}

RunResult ImportRun::run(std::vector<std::unique_ptr<Stage>>& stages) {
  std::vector<StageState> wanted;
  for (const auto& stage : stages) {
    StageState state;
    state.stage = stage->name();
    state.file_identity = stage->table().identity();
    wanted.push_back(std::move(state));
  }
  ImportState import = ledger_.open(kind_, settings_.rejects_path, wanted);
  RejectFile rejects(import.rejects_path, import.rejects_bytes);
  RunResult result;
  result.resumed = import.resumed;
  result.finished = true;
  for (std::size_t i = 0; i < stages.size() && result.finished; ++i) {
    if (!import.stages[i].done) {
      result.finished = run_stage(*stages[i], import.stages[i], import, rejects);
    }
  }
  for (const auto& state : import.stages) result.counts += state.counts;
  result.this_run = this_run_;
  if (result.finished) ledger_.finish(import, kind_);
  return result;
}

bool ImportRun::run_stage(Stage& stage, StageState& state, ImportState& import,
                          RejectFile& rejects) {
  CsvTable& table = stage.table();
  table.seek(state.position);
  progress_.begin(stage.name(), state.position.offset, table.size());
  const Counts before = state.counts;
  auto of_this_run = [&] {
    const Counts& now = state.counts;
    return Counts{now.added - before.added, now.changed - before.changed,
                  now.unchanged - before.unchanged, now.rejected - before.rejected};
  };
  bool stopped = false;
  while (!state.done && !(stopped = settings_.stopped())) {
    bool last = !read_chunk(stage);
    store_chunk(stage, state, import, last, rejects);
    progress_.update(state.position.offset, of_this_run().rows());
  }
  progress_.end(of_this_run());
  this_run_ += of_this_run();
  return !stopped;
}

bool ImportRun::read_chunk(Stage& stage) {
  lines_.clear();
  stage.clear();
  CsvTable& table = stage.table();
  while (lines_.rows() < settings_.chunk_rows && lines_.bytes() < settings_.chunk_bytes) {
    auto next = table.next();
    if (next == CsvReader::Next::kEnd) return false;
    const CsvReader& reader = table.reader();
    std::string reason;
    if (next == CsvReader::Next::kBad) {
      reason = table.error();
    } else {
      try {
        stage.add();
      } catch (const BadRow& bad) {
        reason = bad.reason;
      }
    }
    lines_.add(static_cast<std::int64_t>(reader.line()), reader.raw(), std::move(reason));
  }
  return true;
}

void ImportRun::store_chunk(Stage& stage, StageState& state, const ImportState& import, bool last,
                            RejectFile& rejects) {
  stage.prepare();
  const std::uint64_t rejects_before = rejects.bytes();
  std::vector<RejectedRow> rejected;
  StageState after = state;
  pool_.write(std::chrono::steady_clock::now() + kChunkPatience, [&](db::Tx& tx) {
    tx.run("SET LOCAL statement_timeout = 0");
    Ledger::lock(tx, import.id, state);
    StoreResult stored = stage.store(tx);
    rejected = lines_.rejected(stored.rejected);
    rejects.rewind(rejects_before);
    for (const auto& row : rejected) {
      rejects.add(stage.table().name(), static_cast<std::uint64_t>(row.line), row.reason,
                  lines_.record(row.line));
    }
    rejects.flush();
    after = state;
    after.position = stage.table().reader().position();
    after.done = last;
    after.counts += stored.counts;
    after.counts.rejected += static_cast<std::int64_t>(rejected.size());
    Ledger::save(tx, import.id, after, rejects.bytes());
  });
  state = after;
  report(stage, rejected);
}

void ImportRun::report(Stage& stage, const std::vector<RejectedRow>& rejected) {
  for (const auto& row : rejected) {
    if (reported_ > kReportedMax) return;
    if (reported_++ == kReportedMax) {
      progress_.say("more lines are rejected; all of them are in the reject file");
      return;
    }
    progress_.say(stage.table().path().string() + ":" + std::to_string(row.line) + ": " +
                  row.reason);
  }
}

}  // namespace marquee::movie::importer
