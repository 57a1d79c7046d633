#include "services/movie/importer/ledger.h"

namespace marquee::movie::importer {
namespace {

constexpr std::chrono::minutes kPatience{10};

constexpr db::Statement kLock{"import_lock",
                              "SELECT pg_advisory_xact_lock(hashtext('marquee import'), "
                              "hashtext(current_schema()))"};
constexpr db::Statement kUnfinished{
    "import_unfinished",
    "SELECT id, rejects_path, rejects_bytes FROM imports WHERE kind = $1 AND finished_at IS NULL"};
constexpr db::Statement kStages{
    "import_stages",
    "SELECT stage, file_identity, offset_bytes, line, done, added, changed, unchanged, rejected "
    "FROM import_stages WHERE import_id = $1"};
constexpr db::Statement kForget{"import_forget",
                                "DELETE FROM imports WHERE kind = $1 AND finished_at IS NULL"};
constexpr db::Statement kBegin{"import_begin",
                               "INSERT INTO imports (kind, rejects_path) VALUES ($1, $2) "
                               "RETURNING id"};
constexpr db::Statement kBeginStage{
    "import_begin_stage",
    "INSERT INTO import_stages (import_id, stage, file_identity) VALUES ($1, $2, $3)"};
constexpr db::Statement kSetRejects{
    "import_set_rejects", "UPDATE imports SET rejects_path = $2, rejects_bytes = 0 WHERE id = $1"};
constexpr db::Statement kPosition{
    "import_position",
    "SELECT s.offset_bytes FROM import_stages s JOIN imports i ON i.id = s.import_id "
    "WHERE s.import_id = $1 AND s.stage = $2 AND i.finished_at IS NULL AND NOT s.done"};
constexpr db::Statement kSave{
    "import_save",
    "UPDATE import_stages SET offset_bytes = $3, line = $4, done = $5, added = $6, changed = $7, "
    "unchanged = $8, rejected = $9 WHERE import_id = $1 AND stage = $2"};
constexpr db::Statement kSaveRejects{"import_save_rejects",
                                     "UPDATE imports SET rejects_bytes = $2 WHERE id = $1"};
constexpr db::Statement kFinish{"import_finish",
                                "UPDATE imports SET finished_at = now() WHERE id = $1"};
constexpr db::Statement kForgetUsers{"import_forget_users",
                                     "DELETE FROM import_users WHERE kind = $1"};
constexpr db::Statement kForgetLinks{"import_forget_links",
                                     "DELETE FROM import_links WHERE $1 = 'movielens'"};

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

void forget_working_data(db::Tx& tx, const std::string& kind) {
  tx.exec(kForgetUsers, kind);
  tx.exec(kForgetLinks, kind);
  tx.run(
      "TRUNCATE import_chunk_links, import_chunk_films, import_chunk_people, "
      "import_chunk_opinions");
}

// What an earlier run left of the same files.
std::optional<ImportState> unfinished(db::Tx& tx, const std::string& kind,
                                      const std::vector<StageState>& wanted) {
  auto found = tx.exec(kUnfinished, kind);
  if (found.empty()) return std::nullopt;
  ImportState import;
  import.id = found[0][0].as<std::int64_t>();
  import.resumed = true;
  import.rejects_path = found[0][1].as<std::string>();
  import.rejects_bytes = found[0][2].as<std::uint64_t>();
  auto rows = tx.exec(kStages, import.id);
  if (static_cast<std::size_t>(rows.size()) != wanted.size()) return std::nullopt;
  for (const auto& stage : wanted) {
    bool same = false;
    for (const auto& row : rows) {
      if (row[0].as<std::string>() != stage.stage ||
          row[1].as<std::string>() != stage.file_identity) {
        continue;
      }
      same = true;
      StageState state = stage;
      state.position = {row[2].as<std::uint64_t>(), row[3].as<std::uint64_t>()};
      state.done = row[4].as<bool>();
      state.counts = {row[5].as<std::int64_t>(), row[6].as<std::int64_t>(),
                      row[7].as<std::int64_t>(), row[8].as<std::int64_t>()};
      import.stages.push_back(state);
    }
    if (!same) return std::nullopt;
  }
  return import;
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  added += other.added;
  changed += other.changed;
  unchanged += other.unchanged;
  rejected += other.rejected;
  return *this;
}

ImportState Ledger::open(const std::string& kind, const std::string& rejects_path,
                         const std::vector<StageState>& stages) {
  return pool_.write(std::chrono::steady_clock::now() + kPatience, [&](db::Tx& tx) {
    tx.exec(kLock);
    if (auto import = unfinished(tx, kind, stages)) {
      if (import->rejects_path != rejects_path) {
        tx.exec(kSetRejects, import->id, rejects_path);
        import->rejects_path = rejects_path;
        import->rejects_bytes = 0;
      }
      return *import;
    }
    tx.exec(kForget, kind);
    forget_working_data(tx, kind);
    ImportState import;
    import.id = tx.exec(kBegin, kind, rejects_path)[0][0].as<std::int64_t>();
    import.rejects_path = rejects_path;
    import.stages = stages;
    for (const auto& stage : stages) {
      tx.exec(kBeginStage, import.id, stage.stage, stage.file_identity);
    }
    return import;
  });
}

void Ledger::lock(db::Tx& tx, std::int64_t import_id, const StageState& before) {
  tx.exec(kLock);
  auto found = tx.exec(kPosition, import_id, before.stage);
  if (found.empty() || found[0][0].as<std::uint64_t>() != before.position.offset) {
    throw Error(Code::kFailedPrecondition, "import_taken_over",
                "Another process works on the same import; this one stops");
  }
}

void Ledger::save(db::Tx& tx, std::int64_t import_id, const StageState& after,
                  std::uint64_t rejects_bytes) {
  const Counts& counts = after.counts;
  tx.exec(kSave, import_id, after.stage, number(after.position.offset), number(after.position.line),
          after.done, counts.added, counts.changed, counts.unchanged, counts.rejected);
  tx.exec(kSaveRejects, import_id, number(rejects_bytes));
}

void Ledger::finish(const ImportState& import, const std::string& kind) {
  pool_.write(std::chrono::steady_clock::now() + kPatience, [&](db::Tx& tx) {
    tx.exec(kLock);
    tx.exec(kFinish, import.id);
    forget_working_data(tx, kind);
  });
}

}  // namespace marquee::movie::importer
