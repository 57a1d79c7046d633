#include "services/movie/search_vocabulary.h"

#include <algorithm>
#include <functional>

#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::uint32_t trigram_at(std::string_view text, std::size_t place) {
  auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[place + i]));
  };
  return byte(0) << 16 | byte(1) << 8 | byte(2);
}

std::vector<std::uint32_t> trigrams_of(std::string_view text) {
  std::vector<std::uint32_t> all;
  for (std::size_t i = 0; i + 3 <= text.size(); ++i) all.push_back(trigram_at(text, i));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// With the spaces that pg_trgm puts around a word.
std::vector<std::uint32_t> trigrams_of_word(std::string_view word) {
  return trigrams_of("  " + std::string(word) + " ");
}

std::uint32_t typo_key(std::string_view typo) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(typo));
}

std::uint64_t posting(std::uint32_t key, std::size_t place) {
  return std::uint64_t{key} << 32 | place;
}

void finish(std::vector<std::uint64_t>& postings) {
  std::sort(postings.begin(), postings.end());
  postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
  postings.shrink_to_fit();
}

bool more_used(const SearchWord& a, const SearchWord& b) {
  return a.size != b.size ? a.size > b.size : a.id < b.id;
}

}  // namespace

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

std::vector<std::string> with_one_left_out(std::string_view word) {
  std::vector<std::string> all{std::string(word)};
  for (std::size_t i = 0; i < word.size();) {
    std::size_t end = i + 1;
    while (end < word.size() && continues_character(word[end])) ++end;
    all.push_back(std::string(word.substr(0, i)) + std::string(word.substr(end)));
    i = end;
  }
  return all;
}

void keep_likest(std::vector<SearchWord>& words, const std::string& typed, std::size_t most) {
  struct Ranked {
    std::size_t errors;
    bool begins_alike;
    SearchWord word;
  };
  std::vector<Ranked> ranked;
  for (auto& word : words) {
    bool begins_alike = word.text.compare(0, 1, typed, 0, 1) == 0;
    ranked.push_back({typing_errors(typed, word.text), begins_alike, std::move(word)});
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    if (a.errors != b.errors) return a.errors < b.errors;
    if (a.begins_alike != b.begins_alike) return a.begins_alike;
    return more_used(a.word, b.word);
  });
  if (ranked.size() > most) ranked.resize(most);
  words.clear();
  for (auto& [errors, begins_alike, word] : ranked) words.push_back(std::move(word));
}

SearchVocabulary::SearchVocabulary(std::vector<SearchWord> words) : words_(std::move(words)) {
  std::sort(words_.begin(), words_.end(), more_used);
  for (std::size_t place = 0; place < words_.size(); ++place) {
    const auto& text = words_[place].text;
    by_text_.push_back(static_cast<std::uint32_t>(place));
    for (auto trigram : trigrams_of_word(text)) trigrams_.push_back(posting(trigram, place));
    auto length = characters(text);
    if (length < kTypoCharactersMin || length > kTypoCharactersMax) continue;
    for (const auto& typo : with_one_left_out(text)) {
      typos_.push_back(posting(typo_key(typo), place));
    }
  }
  std::sort(by_text_.begin(), by_text_.end(),
            [this](std::uint32_t a, std::uint32_t b) { return words_[a].text < words_[b].text; });
  finish(trigrams_);
  finish(typos_);
}

SearchVocabulary::Range SearchVocabulary::range_of(const Postings& postings, std::uint32_t key) {
  auto first = std::lower_bound(postings.begin(), postings.end(), posting(key, 0));
  // Most ranges are short.
  std::ptrdiff_t step = 1;
  while (step < postings.end() - first && first[step] <= posting(key, UINT32_MAX)) step *= 2;
  auto within = first + std::min(step, postings.end() - first);
  auto last = std::upper_bound(first + step / 2, within, posting(key, UINT32_MAX));
  return {postings.data() + (first - postings.begin()),
          postings.data() + (last - postings.begin())};
}

std::vector<std::uint32_t>::const_iterator SearchVocabulary::first_from(
    std::string_view text) const {
  return std::lower_bound(
      by_text_.begin(), by_text_.end(), text,
      [this](std::uint32_t place, std::string_view value) { return words_[place].text < value; });
}

const SearchWord* SearchVocabulary::find(std::string_view word) const {
  auto found = first_from(word);
  if (found == by_text_.end() || words_[*found].text != word) return nullptr;
  return &words_[*found];
}

std::vector<SearchWord> SearchVocabulary::beginning(const std::string& typed,
                                                    std::size_t most) const {
  std::vector<std::uint32_t> places(first_from(typed), first_from(typed + kLastCharacter));
  if (!places.empty() && words_[places.front()].text == typed) places.erase(places.begin());
  auto kept = std::min(most, places.size());
  std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(kept),
                    places.end());
  std::vector<SearchWord> found;
  for (std::size_t i = 0; i < kept; ++i) found.push_back(words_[places[i]]);
  return found;
}

// Of the words with the rarest three bytes of `typed` the first that fit.
template <typename Fits>
std::vector<SearchWord> SearchVocabulary::with_bytes(const std::string& typed, std::size_t most,
                                                     Fits fits) const {
  auto trigrams = trigrams_of(typed);
  Range rarest = range_of(trigrams_, trigrams.front());
  for (auto trigram : trigrams) {
    auto range = range_of(trigrams_, trigram);
    if (range.size() < rarest.size()) rarest = range;
  }
  std::vector<SearchWord> found;
  for (auto posting : rarest) {
    if (found.size() == most) break;
    const auto& word = at(posting);
    if (word.text.size() > typed.size() && fits(word.text)) found.push_back(word);
  }
  return found;
}

std::vector<SearchWord> SearchVocabulary::ending(const std::string& typed, std::size_t most) const {
  if (characters(typed) < 3) return {};
  return with_bytes(typed, most, [&](const std::string& text) {
    return text.compare(text.size() - typed.size(), typed.size(), typed) == 0;
  });
}

std::vector<SearchWord> SearchVocabulary::holding(const std::string& typed,
                                                  std::size_t most) const {
  if (characters(typed) < 3) return beginning(typed, most);
  return with_bytes(typed, most,
                    [&](const std::string& text) { return text.find(typed) != std::string::npos; });
}

std::vector<SearchWord> SearchVocabulary::meant(const std::string& typed, std::size_t most) const {
  auto length = characters(typed);
  if (length < kTypoCharactersMin || length > kTypoCharactersMax) return {};
  auto words = with_one_error(typed);
  if (words.empty() && length >= kFarTypoCharactersMin) return alike(typed, most);
  keep_likest(words, typed, most);
  return words;
}

std::vector<SearchWord> SearchVocabulary::with_one_error(const std::string& typed) const {
  std::vector<std::uint32_t> places;
  for (const auto& typo : with_one_left_out(typed)) {
    for (auto posting : range_of(typos_, typo_key(typo))) {
      auto all = with_one_left_out(at(posting).text);  // the hash may be that of another
      if (std::find(all.begin(), all.end(), typo) != all.end()) {
        places.push_back(static_cast<std::uint32_t>(posting));
      }
    }
    if (characters(typo) >= kTypoCharactersMin) continue;
    auto short_word = first_from(typo);
    if (short_word != by_text_.end() && words_[*short_word].text == typo) {
      places.push_back(*short_word);
    }
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::vector<SearchWord> words;
  for (auto place : places) words.push_back(words_[place]);
  return words;
}

std::vector<SearchWord> SearchVocabulary::alike(const std::string& typed, std::size_t most) const {
  auto trigrams = trigrams_of_word(typed);
  std::vector<std::uint8_t> shared(words_.size());
  std::vector<std::uint32_t> candidates;
  auto least = static_cast<std::size_t>(kLikenessMin * static_cast<double>(trigrams.size()));
  for (auto trigram : trigrams) {
    for (auto posting : range_of(trigrams_, trigram)) {
      auto place = static_cast<std::uint32_t>(posting);
      if (++shared[place] == least) candidates.push_back(place);
    }
  }
  std::vector<std::pair<double, std::uint32_t>> likest;
  for (auto place : candidates) {
    auto both = static_cast<double>(shared[place]);
    auto all = static_cast<double>(trigrams.size() + trigrams_of_word(words_[place].text).size());
    double likeness = both / (all - both);
    if (likeness >= kLikenessMin) likest.emplace_back(-likeness, place);
  }
  std::sort(likest.begin(), likest.end());
  std::vector<SearchWord> words;
  for (std::size_t i = 0; i < std::min(most, likest.size()); ++i) {
    words.push_back(words_[likest[i].second]);
  }
  return words;
}

}  // namespace marquee::movie
