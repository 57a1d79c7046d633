// The words of all titles in memory, as they were at one moment: finds those that begin with, end
// with or hold what was typed, and those it may have been meant as, in a few microseconds. It takes
// about 200 bytes a word. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::movie {

struct SearchWord {
  std::int64_t id = 0;
  std::string text;
  int size = 0;  // about the logarithm of the number of films
};

// How many single letters must be typed, left out, swapped or exchanged to make one of the other.
std::size_t typing_errors(std::string_view typed, std::string_view meant);

// The word, and the word with each character left out.
std::vector<std::string> with_one_left_out(std::string_view word);

// Puts the words that `typed` may have been meant as in order, likest first, and keeps `most`.
void keep_likest(std::vector<SearchWord>& words, const std::string& typed, std::size_t most);

// In characters: shorter words are too like each other to be meant; words that have more wrong than
// one letter must be longer.
inline constexpr std::size_t kTypoCharactersMin = 4;
inline constexpr std::size_t kTypoCharactersMax = 24;
inline constexpr std::size_t kFarTypoCharactersMin = 7;
inline constexpr double kLikenessMin = 0.4;  // pg_trgm's similarity()
inline constexpr char kLastCharacter[] = "\xF4\x8F\xBF\xBF";

class SearchVocabulary {
 public:
  explicit SearchVocabulary(std::vector<SearchWord> words);

  std::size_t size() const { return words_.size(); }
  // Null where no title has the word.
  const SearchWord* find(std::string_view word) const;

  // As the functions of SearchWords.
  std::vector<SearchWord> beginning(const std::string& typed, std::size_t most) const;
  std::vector<SearchWord> ending(const std::string& typed, std::size_t most) const;
  std::vector<SearchWord> holding(const std::string& typed, std::size_t most) const;
  std::vector<SearchWord> meant(const std::string& typed, std::size_t most) const;

 private:
  // A key (three bytes in a row, or the hash of a word with a letter left out) in the upper half,
  // the place of a word that has it in the lower.
  using Postings = std::vector<std::uint64_t>;
  struct Range {
    const std::uint64_t* first;
    const std::uint64_t* last;
    std::ptrdiff_t size() const { return last - first; }
    const std::uint64_t* begin() const { return first; }
    const std::uint64_t* end() const { return last; }
  };

  static Range range_of(const Postings& postings, std::uint32_t key);
  const SearchWord& at(std::uint64_t posting) const {
    return words_[static_cast<std::uint32_t>(posting)];
  }
  template <typename Fits>
  std::vector<SearchWord> with_bytes(const std::string& typed, std::size_t most, Fits fits) const;
  std::vector<std::uint32_t>::const_iterator first_from(std::string_view text) const;
  std::vector<SearchWord> with_one_error(const std::string& typed) const;
  std::vector<SearchWord> alike(const std::string& typed, std::size_t most) const;

  std::vector<SearchWord> words_;  // most used first
  std::vector<std::uint32_t> by_text_;
  Postings trigrams_;
  Postings typos_;
};

}  // namespace marquee::movie
