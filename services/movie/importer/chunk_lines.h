// The lines of the chunk under way as they stood in the file, so that one can be rejected at any
// time until the chunk is committed. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/movie/importer/reject_file.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

class ChunkLines {
 public:
  // In ascending order of `line`; `reason` only for what is bad already.
  void add(std::int64_t line, std::string_view record, std::string reason = {});
  void clear();
  std::size_t rows() const { return lines_.size(); }
  std::size_t bytes() const { return text_.size(); }

  // The bad ones of before and `later`, by line, each line once.
  std::vector<RejectedRow> rejected(const std::vector<RejectedRow>& later) const;
  std::string_view record(std::int64_t line) const;

 private:
  struct Line {
    std::int64_t line;
    std::size_t begin;
    std::size_t size;
    std::string reason;
  };
  std::string text_;
  std::vector<Line> lines_;
};

}  // namespace marquee::movie::importer
