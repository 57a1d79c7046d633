// The words of titles, as search knows them (tables search_words and search_typos): which one a
// typed word is, which ones it is a part of, and which ones it may have been meant as. Ids never
// change, so those found are kept in memory, for good; how much a word is used is a hint only and
// may age. Owned by SearchStore; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/db/tx.h"

namespace marquee::movie {

struct SearchWord {
  std::int64_t id = 0;
  std::string text;
  int size = 0;  // about the logarithm of the number of films
};

// Splits at spaces and ASCII signs, as search_split() does.
std::vector<std::string> split_words(std::string_view folded);

// How many single letters must be typed, left out, swapped or exchanged to make one of the other.
std::size_t typing_errors(std::string_view typed, std::string_view meant);

class SearchWords {
 public:
  // One for each, in order; nothing where no title has the word.
  std::vector<std::optional<SearchWord>> find(db::Tx& tx, const std::vector<std::string>& typed);

  // Words that begin with, end with or hold what was typed, but are not it; the most used first (of
  // 3 letters or more: of some hundreds of them). Less than 3 letters only begin words.
  std::vector<SearchWord> beginning(db::Tx& tx, const std::string& typed, std::size_t most);
  std::vector<SearchWord> ending(db::Tx& tx, const std::string& typed, std::size_t most);
  std::vector<SearchWord> holding(db::Tx& tx, const std::string& typed, std::size_t most);

  // Words that may have been meant, likest first.
  std::vector<SearchWord> meant(db::Tx& tx, const std::string& typed, std::size_t most);

 private:
  std::optional<SearchWord> known(const std::string& word) const;

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, SearchWord> known_;
};

}  // namespace marquee::movie
