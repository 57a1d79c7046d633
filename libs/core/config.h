// Configuration of one binary: a documented struct filled from defaults, environment and flags.
//
//   Config config;
//   core::Options options("auth-service", "MARQUEE_AUTH_", "Accounts, sessions and tokens.");
//   options.add("listen", config.listen, "host:port for gRPC");
//   options.add_secret("database-url", config.database_url, "libpq connection string");
//   options.parse(argc, argv);       // --help and --print-config print and exit(0)
//
// The option `database-url` is the flag --database-url, the variable MARQUEE_AUTH_DATABASE_URL, or
// the content of the file that MARQUEE_AUTH_DATABASE_URL_FILE names (one final newline dropped).
// Flags beat the environment. A variable with the binary's prefix that no option has, or a value
// that does not fit its type or range, stops the start with a sentence on stderr and exit code 2.
// Used at start, from main alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace marquee::core {

class Options {
 public:
  Options(std::string program, std::string env_prefix, std::string purpose);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  // Each target holds its default and must outlive parse().
  void add(const std::string& name, std::string& target, const std::string& help);
  void add(const std::string& name, bool& target, const std::string& help);
  void add(const std::string& name, std::int64_t& target, const std::string& help,
           std::int64_t min = 0, std::int64_t max = std::numeric_limits<std::int64_t>::max());
  void add(const std::string& name, int& target, const std::string& help, int min = 0,
           int max = std::numeric_limits<int>::max());
  // Comma-separated.
  void add(const std::string& name, std::vector<std::string>& target, const std::string& help);
  // A number with a unit: "250ms", "5s", "10m", "10h", "3d".
  void add(const std::string& name, std::chrono::milliseconds& target, const std::string& help);
  // Masked by --print-config.
  void add_secret(const std::string& name, std::string& target, const std::string& help);

  // Another way to run the program (`auth-service grant-admin NAME`). `run` gets the positional
  // arguments (between `min_args` and `max_args`) after the configuration was read; its result is
  // the exit code of parse_and_run.
  void add_command(const std::string& name, const std::string& help, const std::string& usage,
                   int min_args, int max_args,
                   std::function<int(const std::vector<std::string>&)> run);

  // Reads everything, then runs the command named in argv, or `serve` when there is none. Returns
  // the exit code. An exception that leaves a command is printed to stderr: exit code 1.
  int parse_and_run(int argc, char** argv, const std::function<int()>& serve);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::core
