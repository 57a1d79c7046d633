#include "services/movie/importer/import_command.h"

#include <csignal>
#include <iostream>
#include <unistd.h>

#include "libs/rpc/channel.h"
#include "services/movie/importer/importer.h"

namespace marquee::movie::importer {
namespace {

constexpr int kExitStopped = 130;

volatile std::sig_atomic_t stop_signal = 0;

// The first signal asks for a stop at the end of the chunk, a second one ends the process.
void stop_at_chunk(int signal) {
  stop_signal = signal;
}

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = &stop_at_chunk;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

struct CommandOptions {
  std::string rejects;
  int chunk_rows = 50'000;
};

int run_import(rpc::ServiceApp& app, const Config& config, const CommandOptions& options,
               const std::vector<std::string>& arguments) {
  const ImportOrder order = parse_order(arguments);
  RunSettings settings;
  settings.rejects_path = options.rejects;
  settings.chunk_rows = static_cast<std::size_t>(options.chunk_rows);
  settings.stopped = [] { return stop_signal != 0; };
  catch_stop_signals();
  int exit_code = 1;
  app.with_database([&](db::Pool& pool, bus::Bus& bus) {
    rpc::Channel auth(config.auth_target, config.auth_tls);
    Importer importer(pool, bus, auth, std::cout, isatty(STDOUT_FILENO) != 0);
    RunResult result = importer.run(order, settings);
    const Counts& counts = result.counts;
    if (!result.finished) {
      exit_code = kExitStopped;
    } else if (counts.added + counts.changed + counts.unchanged > 0) {
      exit_code = 0;
    } else {
      std::cerr << "movie-service: nothing was imported\n";
    }
  });
  return exit_code;
}

}  // namespace

void add_import_command(rpc::ServiceApp& app, const Config& config) {
  auto options = std::make_shared<CommandOptions>();
  app.options().add("import-rejects", options->rejects,
                    "import: where rejected lines go (else rejects/KIND.csv in the data folder, "
                    "or ./import-rejects-KIND.csv)");
  app.options().add("import-chunk-rows", options->chunk_rows, "import: lines a transaction", 1,
                    1'000'000);
  app.options().add_command(
      "import",
      "Load films: movielens DIR (movies, links, ratings, tags), tmdb MOVIES.csv [CREDITS.csv] "
      "(TMDb 5000), or sample DIR. May be stopped and repeated: it goes on where it was, and "
      "loads nothing twice",
      "movielens DIR | tmdb MOVIES.csv [CREDITS.csv] | sample DIR", 2, 3,
      [&app, &config, options](const std::vector<std::string>& arguments) {
        return run_import(app, config, *options, arguments);
      });
}

}  // namespace marquee::movie::importer
