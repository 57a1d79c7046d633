// What an import tells whoever started it: a bar that is drawn over and over on a terminal, a line
// every few seconds elsewhere, and a line for each stage that is done. Owned by the import, one
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

#include "services/movie/importer/ledger.h"

namespace marquee::movie::importer {

class Progress {
 public:
  // `live`: `out` is a terminal.
  Progress(std::ostream& out, bool live) : out_(out), live_(live) {}

  // A stage begins or goes on at byte `done` of `total`.
  void begin(const std::string& stage, std::uint64_t done, std::uint64_t total);
  // `rows` of this run so far.
  void update(std::uint64_t done, std::int64_t rows);
  // Leaves a line with what became of the rows of this run.
  void end(const Counts& counts);
  // A line of its own, above the bar.
  void say(const std::string& line);

 private:
  using Time = std::chrono::steady_clock::time_point;
  double seconds() const;
  void clear();
  void draw();

  std::ostream& out_;
  const bool live_;
  std::string stage_;
  std::uint64_t first_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  std::int64_t rows_ = 0;
  Time began_;
  Time shown_;
};

// "12,345".
std::string with_separators(std::int64_t number);
// "3 added, 0 changed, 7 unchanged, 1 rejected".
std::string describe(const Counts& counts);

}  // namespace marquee::movie::importer
