#include "services/movie/search_parts.h"

#include <algorithm>
#include <tuple>

#include "services/movie/search_words.h"

namespace marquee::movie {
namespace {

using Lists = SearchQuery::Lists;

constexpr std::size_t kPartsMax = 8;
constexpr std::size_t kPartsOfPairMax = 5;
// Of SearchWord::size. Up to it, films with the rarer one of two words hardly fill a page.
constexpr int kShortListSize = 7;
// So many times what is wanted is likely still enough when filters leave out some and some came
// already.
constexpr double kPlenty = 4;

// The lists of films with words that what was typed is a part of.
struct Parts {
  Lists begins, inside;
  double films = 0;       // expected in all of them
  double begun = 0;       // in those of `begins`
  bool by_title = false;  // their titles must still be compared
};

Parts parts_of_word(SearchQuery& query) {
  Parts parts;
  const auto& typed = query.typed[0];
  for (const auto& word : query.words.holding(query.reader, typed, kPartsMax)) {
    bool begun = word.text.compare(0, typed.size(), typed) == 0;
    add_lists(begun ? parts.begins : parts.inside, {Place::kBegins, Place::kWhole}, word.id, 0);
    add_lists(parts.inside, {Place::kInside}, word.id, 0);
    parts.films += 2 * films_expected(word);
    if (begun) parts.begun += films_expected(word);
  }
  return parts;
}

// A word that titles have is taken to be all of one.
Parts parts_of_pair(SearchQuery& query) {
  Parts parts;
  const auto& [first, second] = std::tie(query.exact[0], query.exact[1]);
  std::vector<SearchWord> firsts;
  if (!first) firsts = query.words.ending(query.reader, query.typed[0], kPartsOfPairMax);
  if (!first && firsts.empty()) return parts;
  auto starts = query.words.beginning(query.reader, query.typed[1], kPartsOfPairMax);
  if (first) {
    for (const auto& next : starts) {
      add_lists(parts.begins, {Place::kBegins, Place::kWhole}, first->id, next.id);
      add_lists(parts.inside, {Place::kInside}, first->id, next.id);
      parts.films += 2 * films_expected(*first, next);
      parts.begun += films_expected(*first, next);
    }
  }
  if (second) starts.push_back(*second);
  for (const auto& word : firsts) {
    for (const auto& next : starts) {
      add_lists(parts.inside, {Place::kInside, Place::kBegins, Place::kWhole}, word.id, next.id);
      parts.films += 2 * films_expected(word, next);
    }
  }
  return parts;
}

// The last three words, of which the last begins one. Of three words typed the first, too, may be
// all of a word or, if no title has it, the end of one.
void add_three(SearchQuery& query, Parts& parts) {
  auto count = query.typed.size();
  const auto& first = query.exact[count - 3];
  const auto& second = query.exact[count - 2];
  auto lasts = query.words.beginning(query.reader, query.typed.back(), kPartsOfPairMax);
  if (query.exact.back()) lasts.push_back(*query.exact.back());
  std::vector<SearchWord> firsts;
  if (first) {
    firsts.push_back(*first);
  } else {
    firsts = query.words.ending(query.reader, query.typed[0], kPartsOfPairMax);
  }
  for (const auto& word : firsts) {
    for (const auto& last : lasts) {
      auto list = [&](Place place) {
        return three_words_list(place, word.id, second->id, last.id);
      };
      bool from_beginning = first && count == 3;
      auto& begins = from_beginning ? parts.begins : parts.inside;
      if (count == 3) begins.insert(begins.end(), {list(Place::kBegins), list(Place::kWhole)});
      parts.inside.push_back(list(Place::kInside));
    }
  }
  if (count > 3) parts.begins = parts.inside;
}

// All words but the ends must be known. The lists of two of them are read where they are short.
Parts parts_of_more(SearchQuery& query) {
  Parts parts;
  parts.by_title = true;
  const auto& exact = query.exact;
  std::vector<SearchWord> known;
  for (std::size_t i = exact[0] ? 0 : 1; i + 1 < exact.size(); ++i) {
    if (!exact[i]) return parts;
    known.push_back(*exact[i]);
  }
  auto pair = known.size() > 1 ? rarest_pair(known) : 0;
  if (known.size() > 1 && std::min(known[pair].size, known[pair + 1].size) <= kShortListSize) {
    add_lists(parts.begins, {Place::kBegins, Place::kInside}, known[pair].id, known[pair + 1].id);
    parts.inside = parts.begins;
  } else {
    add_three(query, parts);
  }
  return parts;
}

Parts parts_of(SearchQuery& query) {
  switch (query.typed.size()) {
    case 1:
      return parts_of_word(query);
    case 2:
      return parts_of_pair(query);
    default:
      return parts_of_more(query);
  }
}

}  // namespace

void add_parts(SearchQuery& query, Stages& stages) {
  auto parts = parts_of(query);
  std::string text = joined(query.typed);
  stages.add(kPartBegins, parts.begins, parts.films, parts.by_title ? " " + text + "%" : "");
  if (parts.begun > kPlenty * static_cast<double>(query.wanted)) {
    add_all(query, stages);
    if (query.full()) return;
    stages = {};
  }
  stages.add(kPartInside, parts.inside, 0, parts.by_title ? "%" + text + "%" : "");
  add_all(query, stages);
}

void go_on_in_parts(SearchQuery& query, std::int64_t stage) {
  auto parts = parts_of(query);
  std::string text = " " + joined(query.typed);
  std::vector<std::string> unlike, patterns;
  if (query.all_known) unlike.push_back("%" + text + " %");
  if (stage == kPartBegins) {
    if (parts.by_title) patterns = {text + "%"};
    query.merge(kPartBegins, parts.begins, patterns, unlike);
    if (query.full()) return;
  }
  if (parts.by_title) patterns = {"%" + text.substr(1) + "%"};
  unlike.push_back(text + "%");
  query.merge(kPartInside, parts.inside, patterns, unlike);
}

}  // namespace marquee::movie
