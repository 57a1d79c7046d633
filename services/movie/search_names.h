// The words of directors' names in memory, as they were at one moment, to know which lists
// (migration 0006) hold the films of those that a search means. Until they are there, and in
// catalogues with too many of them, films are found by their directors. Owned by SearchStore; any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/movie/search_vocabulary.h"

namespace marquee::movie {

class SearchNames {
 public:
  // Words that are `typed` or hold it (of less than 3 letters: begin with it), the most used first;
  // empty when they are not in memory.
  std::vector<SearchWord> holding(const std::string& typed, std::size_t most) const;

  // Reads them when others came, or they are old.
  // True when they are more than at the last reading.
  bool refresh(db::Tx& tx);

 private:
  using Time = std::chrono::steady_clock::time_point;

  mutable std::mutex mutex_;
  std::shared_ptr<const SearchVocabulary> vocabulary_;

  std::mutex refresh_mutex_;
  std::int64_t last_id_ = -1;
  std::size_t read_ = 0;  // words
  Time due_, not_before_;
};

}  // namespace marquee::movie
