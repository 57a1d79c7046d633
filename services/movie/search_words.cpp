#include "services/movie/search_words.h"

#include <algorithm>
#include <mutex>

#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kKnownWordsMax = 50'000;
constexpr std::size_t kWordCharactersMax = 64;  // of a word in search_words
constexpr std::size_t kTypoCharactersMin = 4;   // shorter words are too like each other
constexpr std::size_t kTypoCharactersMax = 24;
constexpr std::size_t kFarTypoCharactersMin = 7;
constexpr char kLastCharacter[] = "\xF4\x8F\xBF\xBF";

constexpr db::Statement kFind{
    "search_words_find", "SELECT id, word, size FROM search_words WHERE word = ANY($1::text[])"};
constexpr db::Statement kByLetter{"search_words_by_letter", R"sql(
  SELECT id, word, size FROM search_words WHERE left(word, 1) = $1::text AND word <> $1::text
   ORDER BY size DESC, id LIMIT $2::bigint)sql"};
constexpr db::Statement kByLetters{"search_words_by_letters", R"sql(
  SELECT id, word, size FROM search_words WHERE left(word, 2) = $1::text AND word <> $1::text
   ORDER BY size DESC, id LIMIT $2::bigint)sql"};
constexpr db::Statement kByBeginning{"search_words_by_beginning", R"sql(
  SELECT id, word, size FROM (
    SELECT id, word, size FROM search_words WHERE word > $1::text AND word < $2::text LIMIT 150) w
   ORDER BY size DESC, id LIMIT $3::bigint)sql"};
constexpr db::Statement kByPattern{"search_words_by_pattern", R"sql(
  SELECT id, word, size FROM (
    SELECT id, word, size FROM search_words WHERE word LIKE $1::text LIMIT 150) w
   WHERE word <> $2::text ORDER BY size DESC, id LIMIT $3::bigint)sql"};
constexpr db::Statement kByTypo{"search_words_by_typo", R"sql(
  SELECT w.id, w.word, w.size FROM search_words w
   WHERE w.id = ANY(ARRAY(SELECT word_id FROM search_typos WHERE typo = ANY($1::text[]) LIMIT 200))
  UNION
  SELECT w.id, w.word, w.size FROM search_words w WHERE w.word = ANY($1::text[]))sql"};
constexpr db::Statement kByLikeness{"search_words_by_likeness", R"sql(
  SELECT id, word, size FROM search_words
   WHERE word % $1::text AND similarity(word, $1::text) >= 0.4
   ORDER BY similarity(word, $1::text) DESC, size DESC, id LIMIT $2::bigint)sql"};

bool separates(char c) {
  constexpr std::string_view kSigns = "\t\n\r !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  return kSigns.find(c) != std::string_view::npos;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string first_characters(const std::string& text, std::size_t most) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!continues_character(text[i]) && count++ == most) return text.substr(0, i);
  }
  return text;
}

// The word, and the word with each character left out.
std::vector<std::string> with_one_left_out(const std::string& word) {
  std::vector<std::string> all{word};
  for (std::size_t i = 0; i < word.size();) {
    std::size_t end = i + 1;
    while (end < word.size() && continues_character(word[end])) ++end;
    all.push_back(word.substr(0, i) + word.substr(end));
    i = end;
  }
  return all;
}

SearchWord read_word(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<int>()};
}

std::vector<SearchWord> read_words(const pqxx::result& rows) {
  std::vector<SearchWord> words;
  for (const auto& row : rows) words.push_back(read_word(row));
  return words;
}

}  // namespace

std::vector<std::string> split_words(std::string_view folded) {
  std::vector<std::string> words;
  std::string word;
  for (char c : folded) {
    if (!separates(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::size_t typing_errors(std::string_view typed, std::string_view meant) {
  std::vector<std::size_t> before_last(meant.size() + 1), last(meant.size() + 1),
      row(meant.size() + 1);
  for (std::size_t j = 0; j <= meant.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= typed.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= meant.size(); ++j) {
      std::size_t exchanged = last[j - 1] + (typed[i - 1] == meant[j - 1] ? 0 : 1);
      row[j] = std::min({exchanged, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && typed[i - 1] == meant[j - 2] && typed[i - 2] == meant[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[meant.size()];
}

std::optional<SearchWord> SearchWords::known(const std::string& word) const {
  std::shared_lock lock(mutex_);
  auto found = known_.find(word);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::optional<SearchWord>> SearchWords::find(db::Tx& tx,
                                                         const std::vector<std::string>& typed) {
  std::vector<std::optional<SearchWord>> found;
  std::vector<std::string> unknown;
  for (const auto& word : typed) {
    found.push_back(known(first_characters(word, kWordCharactersMax)));
    if (!found.back()) unknown.push_back(first_characters(word, kWordCharactersMax));
  }
  if (unknown.empty()) return found;
  auto rows = read_words(tx.exec(kFind, db::array(unknown)));
  {
    std::unique_lock lock(mutex_);
    if (known_.size() > kKnownWordsMax) known_.clear();
    for (const auto& word : rows) known_.emplace(word.text, word);
  }
  for (std::size_t i = 0; i < typed.size(); ++i) {
    for (const auto& word : rows) {
      if (word.text == first_characters(typed[i], kWordCharactersMax)) found[i] = word;
    }
  }
  return found;
}

std::vector<SearchWord> SearchWords::beginning(db::Tx& tx, const std::string& typed,
                                               std::size_t most) {
  auto limit = static_cast<std::int64_t>(most);
  switch (characters(typed)) {
    case 1:
      return read_words(tx.exec(kByLetter, typed, limit));
    case 2:
      return read_words(tx.exec(kByLetters, typed, limit));
    default:
      return read_words(tx.exec(kByBeginning, typed, typed + kLastCharacter, limit));
  }
}

std::vector<SearchWord> SearchWords::ending(db::Tx& tx, const std::string& typed,
                                            std::size_t most) {
  if (characters(typed) < 3) return {};
  return read_words(tx.exec(kByPattern, "%" + typed, typed, static_cast<std::int64_t>(most)));
}

std::vector<SearchWord> SearchWords::holding(db::Tx& tx, const std::string& typed,
                                             std::size_t most) {
  if (characters(typed) < 3) return beginning(tx, typed, most);
  return read_words(tx.exec(kByPattern, "%" + typed + "%", typed, static_cast<std::int64_t>(most)));
}

std::vector<SearchWord> SearchWords::meant(db::Tx& tx, const std::string& typed, std::size_t most) {
  auto length = characters(typed);
  if (length < kTypoCharactersMin || length > kTypoCharactersMax) return {};
  auto words = read_words(tx.exec(kByTypo, db::array(with_one_left_out(typed))));
  auto rank = [&](const SearchWord& word) {
    bool begins_alike = word.text.compare(0, 1, typed, 0, 1) == 0;
    return std::make_tuple(typing_errors(typed, word.text), !begins_alike, -word.size, word.id);
  };
  std::sort(words.begin(), words.end(),
            [&](const SearchWord& a, const SearchWord& b) { return rank(a) < rank(b); });
  if (words.empty() && length >= kFarTypoCharactersMin) {
    words = read_words(tx.exec(kByLikeness, typed, static_cast<std::int64_t>(most)));
  }
  if (words.size() > most) words.resize(most);
  return words;
}

}  // namespace marquee::movie
