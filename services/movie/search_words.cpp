#include "services/movie/search_words.h"

#include <mutex>

#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kKnownWordsMax = 50'000;
constexpr std::size_t kWordCharactersMax = 64;  // of a word in search_words

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

constexpr db::Statement kLastId{"search_words_last_id",
                                "SELECT last_value FROM search_words_id_seq"};
constexpr db::Statement kAll{"search_words_all",
                             "SELECT id, word, size FROM search_words LIMIT $1::bigint"};

// Ids are drawn before their words are committed: after this time those of open transactions are
// read too.
constexpr std::chrono::seconds kUncommittedMax{30};
constexpr std::chrono::minutes kSizesAgeMax{10};
// While words keep coming, reading them takes a twentieth of a core.
constexpr int kRestFactor = 20;

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

std::shared_ptr<const SearchVocabulary> SearchWords::vocabulary() const {
  std::shared_lock lock(mutex_);
  return vocabulary_;
}

std::optional<SearchWord> SearchWords::known(const std::string& word) const {
  std::shared_lock lock(mutex_);
  if (vocabulary_) {
    if (const auto* found = vocabulary_->find(word)) return *found;
  }
  auto found = known_.find(word);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::optional<SearchWord>> SearchWords::find(SearchReader& reader,
                                                         const std::vector<std::string>& typed) {
  std::vector<std::optional<SearchWord>> found;
  std::vector<std::string> unknown;
  for (const auto& word : typed) {
    found.push_back(known(first_characters(word, kWordCharactersMax)));
    if (!found.back()) unknown.push_back(first_characters(word, kWordCharactersMax));
  }
  if (unknown.empty()) return found;
  // Of all words in memory hardly any is missing.
  if (reader.looks_up_later() && vocabulary()) {
    reader.look_up(std::move(unknown));
    return found;
  }
  auto read = reader.words(unknown);
  std::vector<SearchWord> came;
  std::size_t asked = 0;
  for (auto& word : found) {
    if (word) continue;
    if (const auto& known_now = read[asked++]) came.push_back(*(word = *known_now));
  }
  remember(came);
  return found;
}

void SearchWords::remember(const std::vector<SearchWord>& words) {
  if (words.empty()) return;
  std::unique_lock lock(mutex_);
  if (known_.size() > kKnownWordsMax) known_.clear();
  for (const auto& word : words) known_.emplace(word.text, word);
}

std::vector<SearchWord> SearchWords::beginning(SearchReader& reader, const std::string& typed,
                                               std::size_t most) {
  if (auto words = vocabulary()) return words->beginning(typed, most);
  auto limit = static_cast<std::int64_t>(most);
  switch (characters(typed)) {
    case 1:
      return read_words(reader.exec(kByLetter, typed, limit));
    case 2:
      return read_words(reader.exec(kByLetters, typed, limit));
    default:
      return read_words(reader.exec(kByBeginning, typed, typed + kLastCharacter, limit));
  }
}

std::vector<SearchWord> SearchWords::ending(SearchReader& reader, const std::string& typed,
                                            std::size_t most) {
  if (auto words = vocabulary()) return words->ending(typed, most);
  if (characters(typed) < 3) return {};
  return read_words(reader.exec(kByPattern, "%" + typed, typed, static_cast<std::int64_t>(most)));
}

std::vector<SearchWord> SearchWords::holding(SearchReader& reader, const std::string& typed,
                                             std::size_t most) {
  if (auto words = vocabulary()) return words->holding(typed, most);
  if (characters(typed) < 3) return beginning(reader, typed, most);
  return read_words(
      reader.exec(kByPattern, "%" + typed + "%", typed, static_cast<std::int64_t>(most)));
}

std::vector<SearchWord> SearchWords::meant(SearchReader& reader, const std::string& typed,
                                           std::size_t most) {
  if (auto words = vocabulary()) return words->meant(typed, most);
  auto length = characters(typed);
  if (length < kTypoCharactersMin || length > kTypoCharactersMax) return {};
  auto words = read_words(reader.exec(kByTypo, db::array(with_one_left_out(typed))));
  if (words.empty() && length >= kFarTypoCharactersMin) {
    return read_words(reader.exec(kByLikeness, typed, static_cast<std::int64_t>(most)));
  }
  keep_likest(words, typed, most);
  return words;
}

void SearchWords::added() {
  std::unique_lock lock(mutex_);
  ++changes_;
  vocabulary_ = nullptr;
}

bool SearchWords::refresh(db::Tx& tx) {
  std::lock_guard refreshing(refresh_mutex_);
  auto began = std::chrono::steady_clock::now();
  if (began < not_before_) return false;
  std::uint64_t changes = 0;
  bool have = false;
  {
    std::shared_lock lock(mutex_);
    changes = changes_;
    have = vocabulary_ != nullptr || too_many_;
  }
  auto last_id = tx.exec(kLastId)[0][0].as<std::int64_t>();
  bool came = last_id != last_id_;
  if (have && !came && began < due_) return false;
  auto words = read_words(tx.exec(kAll, static_cast<std::int64_t>(kVocabularyWordsMax + 1)));
  const std::size_t had = std::exchange(read_, words.size());
  const bool more = read_ > had && last_id_ >= 0;
  std::shared_ptr<const SearchVocabulary> read;
  too_many_ = words.size() > kVocabularyWordsMax;
  if (!too_many_) read = std::make_shared<const SearchVocabulary>(std::move(words));
  last_id_ = last_id;
  auto now = std::chrono::steady_clock::now();
  due_ = now + (came ? kUncommittedMax : kSizesAgeMax);
  not_before_ = now + (now - began) * kRestFactor;
  std::unique_lock lock(mutex_);
  if (changes == changes_) vocabulary_ = read;
  return more;
}

}  // namespace marquee::movie
