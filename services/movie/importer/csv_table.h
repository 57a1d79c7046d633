// A CSV file with a header row, read by column name: what a stage of an import reads. Owned by the
// import, one thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/movie/importer/csv_reader.h"

namespace marquee::movie::importer {

// What a stage expects of its file. A row's columns are numbered in the order given here, the
// optional ones behind the required ones.
struct CsvShape {
  std::vector<std::string> required;
  std::vector<std::string> optional;
  CsvLimits limits;
};

// A line that makes no sense, with the reason to report; thrown while a row is interpreted.
struct BadRow {
  std::string reason;
};

class CsvTable {
 public:
  // Opens the file and reads the header. Throws Error INVALID_ARGUMENT with "file:line: reason"
  // when it is not a readable regular file or a required column is missing.
  CsvTable(std::filesystem::path path, CsvShape shape);

  const std::filesystem::path& path() const { return path_; }
  // The file's name, for messages.
  std::string name() const { return path_.filename().string(); }
  std::uint64_t size() const { return size_; }
  // Size and SHA-256 of the beginning and the end: tells whether it is the file of another day.
  const std::string& identity() const { return identity_; }

  // Goes on behind a record that an earlier run ended with.
  void seek(CsvPosition position);
  CsvReader::Next next();
  // Of column `i` of the shape; empty where an optional column is missing. Valid until next().
  std::string_view text(std::size_t i) const;

  const CsvReader& reader() const { return *reader_; }
  // Why the last row is bad: the reader's reason, or a wrong number of fields.
  const std::string& error() const { return error_; }

 private:
  void identify();
  void read_header();

  const std::filesystem::path path_;
  const CsvShape shape_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
  std::string identity_;
  std::vector<std::optional<std::size_t>> columns_;  // of the shape, in the file
  std::size_t width_ = 0;
  std::optional<CsvReader> reader_;
  std::string error_;
};

}  // namespace marquee::movie::importer
