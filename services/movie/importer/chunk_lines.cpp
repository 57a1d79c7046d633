#include "services/movie/importer/chunk_lines.h"

#include <algorithm>

namespace marquee::movie::importer {

void ChunkLines::add(std::int64_t line, std::string_view record, std::string reason) {
  lines_.push_back({line, text_.size(), record.size(), std::move(reason)});
  text_.append(record);
}

void ChunkLines::clear() {
  text_.clear();
  lines_.clear();
}

std::vector<RejectedRow> ChunkLines::rejected(const std::vector<RejectedRow>& later) const {
  std::vector<RejectedRow> all = later;
  for (const auto& line : lines_) {
    if (!line.reason.empty()) all.push_back({line.line, line.reason});
  }
  auto by_line = [](const RejectedRow& a, const RejectedRow& b) { return a.line < b.line; };
  std::stable_sort(all.begin(), all.end(), by_line);
  auto same_line = [](const RejectedRow& a, const RejectedRow& b) { return a.line == b.line; };
  all.erase(std::unique(all.begin(), all.end(), same_line), all.end());
  return all;
}

std::string_view ChunkLines::record(std::int64_t line) const {
  auto it = std::lower_bound(lines_.begin(), lines_.end(), line,
                             [](const Line& a, std::int64_t wanted) { return a.line < wanted; });
  if (it == lines_.end() || it->line != line) return {};
  return std::string_view(text_).substr(it->begin, it->size);
}

}  // namespace marquee::movie::importer
