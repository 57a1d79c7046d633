#include "services/movie/importer/importer.h"

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "marquee/api/bus.pb.h"
#include "services/movie/importer/data_sets.h"

namespace marquee::movie::importer {
namespace {

constexpr char kInvalidateSubject[] = "cache.invalidate";
constexpr std::chrono::seconds kBusPatience{3};
constexpr std::chrono::milliseconds kBusPoll{50};
constexpr std::chrono::minutes kAnalyzePatience{10};
constexpr int kFlushMs = 1'000;

Stages make_stages(const ImportOrder& order, AccountBook& accounts) {
  if (order.kind == "movielens") return movielens_stages(order.paths[0], accounts);
  if (order.kind == "sample") return sample_stages(order.paths[0], accounts);
  std::optional<std::filesystem::path> credits;
  if (order.paths.size() > 1) credits = order.paths[1];
  return tmdb_stages(order.paths[0], credits);
}

void analyze(db::Pool& pool) {
  pool.read(std::chrono::steady_clock::now() + kAnalyzePatience, [](db::Tx& tx) {
    tx.run(
        "ANALYZE movies, movie_stats, genres, movie_genres, people, movie_people, ratings, "
        "reviews, movie_tags");
  });
}

}  // namespace

ImportOrder parse_order(const std::vector<std::string>& arguments) {
  ImportOrder order;
  if (!arguments.empty()) {
    order.kind = arguments[0];
    order.paths.assign(arguments.begin() + 1, arguments.end());
  }
  bool folder = (order.kind == "movielens" || order.kind == "sample") && order.paths.size() == 1;
  bool files = order.kind == "tmdb" && (order.paths.size() == 1 || order.paths.size() == 2);
  if (!folder && !files) {
    throw Error::invalid("import_usage",
                         "usage: import movielens DIR | import tmdb MOVIES.csv [CREDITS.csv] | "
                         "import sample DIR");
  }
  if (folder && !std::filesystem::is_directory(order.paths[0])) {
    throw Error::invalid("import_usage", order.paths[0] + ": not a folder");
  }
  return order;
}

std::string default_rejects_path(const std::string& kind) {
  const char* data = std::getenv("MARQUEE_DATA");
  if (data != nullptr && *data != '\0') {
    return std::string(data) + "/rejects/" + kind + ".csv";
  }
  return "import-rejects-" + kind + ".csv";
}

RunResult Importer::run(const ImportOrder& order, RunSettings settings) {
  const auto began = std::chrono::steady_clock::now();
  if (settings.rejects_path.empty()) settings.rejects_path = default_rejects_path(order.kind);
  settings.rejects_path = std::filesystem::absolute(settings.rejects_path).string();
  const std::string rejects_path = settings.rejects_path;
  AccountBook accounts(pool_, auth_, order.kind);
  Stages stages = make_stages(order, accounts);
  Progress progress(out_, live_);
  ImportRun import(pool_, order.kind, std::move(settings), progress);
  RunResult result = import.run(stages);
  if (result.this_run.added + result.this_run.changed > 0) {
    analyze(pool_);
    tell_caches();
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  summarise(result, rejects_path, took.count());
  return result;
}

void Importer::tell_caches() {
  api::CacheInvalidation message;
  message.add_tags("*");
  const std::string payload = message.SerializeAsString();
  const auto deadline = std::chrono::steady_clock::now() + kBusPatience;
  // A bus just made may still be connecting.
  while (!bus_.connected() || !bus_.publish(kInvalidateSubject, payload) || !bus_.flush(kFlushMs)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      out_ << "The caches could not be told; they show the new state within minutes.\n";
      return;
    }
    std::this_thread::sleep_for(kBusPoll);
  }
}

void Importer::summarise(const RunResult& result, const std::string& rejects_path, double seconds) {
  char figures[96];
  double rate = static_cast<double>(result.this_run.rows()) / (seconds > 0 ? seconds : 1);
  std::snprintf(figures, sizeof figures, "%.2f s, %s rows/s", seconds,
                with_separators(static_cast<std::int64_t>(rate)).c_str());
  out_ << "total      " << describe(result.this_run) << " in " << figures << '\n';
  if (result.resumed) {
    out_ << "with the earlier run: " << describe(result.counts) << '\n';
  }
  if (result.counts.rejected > 0) {
    out_ << "The rejected lines, with reasons, are in " << rejects_path << '\n';
  }
  if (!result.finished) {
    out_ << "Stopped. The same command goes on from here.\n";
  } else if (result.counts.added + result.counts.changed == 0) {
    out_ << "Nothing to do: everything was there already.\n";
  }
  out_.flush();
}

}  // namespace marquee::movie::importer
