// The words of titles, as search knows them (tables search_words and search_typos): which one a
// typed word is, which ones it is a part of, and which ones it may have been meant as. Ids never
// change, so those found are kept in memory, for good; how much a word is used is a hint only and
// may age.
//
// What words there are is asked in memory (SearchVocabulary) when refresh() has read them all,
// which saves one statement or more of every search, and in the database before that, after this
// process added words, and in catalogues with too many of them. What others add is found by itself
// at once, and by its parts after the next refresh. Owned by SearchStore; any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/db/tx.h"
#include "services/movie/search_reader.h"
#include "services/movie/search_vocabulary.h"

namespace marquee::movie {

// Splits at spaces and ASCII signs, as search_split() does.
std::vector<std::string> split_words(std::string_view folded);

// Catalogues with more words are searched without a vocabulary.
inline constexpr std::size_t kVocabularyWordsMax = 250'000;

class SearchWords {
 public:
  // One for each, in order; nothing where no title has the word, or where the reader looks it up
  // later.
  std::vector<std::optional<SearchWord>> find(SearchReader& reader,
                                              const std::vector<std::string>& typed);

  // Words that begin with, end with or hold what was typed, but are not it; the most used first (of
  // 3 letters or more: of some hundreds of them). Less than 3 letters only begin words.
  std::vector<SearchWord> beginning(SearchReader& reader, const std::string& typed,
                                    std::size_t most);
  std::vector<SearchWord> ending(SearchReader& reader, const std::string& typed, std::size_t most);
  std::vector<SearchWord> holding(SearchReader& reader, const std::string& typed, std::size_t most);

  // Words that may have been meant, likest first.
  std::vector<SearchWord> meant(SearchReader& reader, const std::string& typed, std::size_t most);

  // Keeps words that were found to be there.
  void remember(const std::vector<SearchWord>& words);

  // This process may have added words. After the commit.
  void added();
  // Reads the words into memory when they are not there, or others came, or they are old.
  // True when they are more than at the last reading.
  bool refresh(db::Tx& tx);

 private:
  using Time = std::chrono::steady_clock::time_point;

  std::shared_ptr<const SearchVocabulary> vocabulary() const;
  std::optional<SearchWord> known(const std::string& word) const;

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, SearchWord> known_;
  std::shared_ptr<const SearchVocabulary> vocabulary_;
  std::uint64_t changes_ = 0;

  std::mutex refresh_mutex_;
  std::atomic<bool> too_many_{false};
  std::int64_t last_id_ = -1;
  std::size_t read_ = 0;  // words
  Time due_, not_before_;
};

}  // namespace marquee::movie
