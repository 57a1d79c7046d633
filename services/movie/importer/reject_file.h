// Where the lines go that make no sense: a CSV file of file, line, reason and the record as it
// stood. Made with the first reject; what an interrupted import wrote behind its last commit is cut
// off. Owned by the import, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace marquee::movie::importer {

class RejectFile {
 public:
  // Goes on behind the first `bytes` bytes; 0 begins anew (and removes an older reject file there
  // when there is nothing to keep). Throws Error FAILED_PRECONDITION when `path` holds something
  // that is no reject file.
  RejectFile(std::filesystem::path path, std::uint64_t bytes);

  // Throws Error FAILED_PRECONDITION when it cannot be written.
  void add(const std::string& file, std::uint64_t line, const std::string& reason,
           std::string_view record);
  // Forgets what was added behind the first `bytes` bytes.
  void rewind(std::uint64_t bytes);
  // On disk as far as the system is concerned, before the chunk is committed.
  void flush();
  std::uint64_t bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  void open();
  void write(std::string_view text);

  const std::filesystem::path path_;
  std::ofstream out_;
  std::uint64_t bytes_;
};

}  // namespace marquee::movie::importer
