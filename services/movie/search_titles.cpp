#include "services/movie/search_titles.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_set>

#include "services/movie/search_words.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kPartsMax = 8;
constexpr std::size_t kPartsOfPairMax = 5;
constexpr std::size_t kMeantMax = 3;
// Of SearchWord::size. Up to the first two, films with the word (or with the rarer one of two)
// hardly fill a page.
constexpr int kFewSize = 4;
constexpr int kFewOfPairSize = 8;
constexpr int kShortListSize = 7;
// So many times what is wanted is likely still enough when filters leave out some and some came
// already.
constexpr double kPlenty = 4;
// Of films that are read to be put in order here, more than these are not all shown.
constexpr double kShownMax = 40;

using Lists = SearchQuery::Lists;

// Lists to be read in one statement, each with its stage and the patterns that its titles must fit.
struct Stages {
  Lists lists, stages;
  std::vector<std::string> patterns;
  bool by_title = false;
  double films = 0;  // expected in the lists

  void add(std::int64_t stage, const Lists& more, double expected,
           const std::string& pattern = "") {
    films += expected;
    lists.insert(lists.end(), more.begin(), more.end());
    stages.resize(lists.size(), stage);
    patterns.resize(lists.size(), pattern);
    by_title |= !more.empty() && !pattern.empty();
  }
};

Phrase exact_phrase(const SearchQuery& query) {
  Phrase phrase;
  for (const auto& word : query.exact) phrase.push_back({*word});
  return phrase;
}

ListsOfPhrase in_stage(const Phrase& phrase, std::int64_t inside, std::int64_t stage) {
  return lists_of_phrase(phrase, static_cast<Place>(inside - stage));
}

// Three stages, of which the last is `inside`.
void add_in_order(Stages& stages, const Phrase& phrase, std::int64_t inside) {
  for (auto stage = inside - 2; stage <= inside; ++stage) {
    auto found = in_stage(phrase, inside, stage);
    stages.add(stage, found.lists, found.films, found.pattern);
  }
}

// Titles with all the likest words, wherever they are.
struct AnyOrder {
  Lists lists;
  std::vector<std::string> patterns;
};

AnyOrder in_any_order(const Phrase& phrase) {
  AnyOrder found;
  const SearchWord* rarest = &phrase[0].front();
  for (const auto& words : phrase) {
    if (words.front().size < rarest->size) rarest = &words.front();
    found.patterns.push_back("% " + words.front().text + " %");
  }
  add_lists(found.lists, {Place::kWhole, Place::kBegins, Place::kInside}, rarest->id, 0);
  return found;
}

// As a staged search takes patterns that must all fit.
std::string all_of(const std::vector<std::string>& patterns) {
  std::string all;
  for (const auto& pattern : patterns) all += (all.empty() ? "" : "|") + pattern;
  return all;
}

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
  for (const auto& word : query.words.holding(query.tx, typed, kPartsMax)) {
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
  if (!first) firsts = query.words.ending(query.tx, query.typed[0], kPartsOfPairMax);
  if (!first && firsts.empty()) return parts;
  auto starts = query.words.beginning(query.tx, query.typed[1], kPartsOfPairMax);
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

// All words but the ends must be known. The lists of two of them are read unless they are long and
// those of the last two words are likely shorter.
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
  } else {
    auto lasts = query.words.beginning(query.tx, query.typed.back(), kPartsOfPairMax);
    if (exact.back()) lasts.push_back(*exact.back());
    for (const auto& last : lasts) {
      add_lists(parts.begins, {Place::kInside}, known.back().id, last.id);
    }
  }
  parts.inside = parts.begins;
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

using Films = std::vector<SearchQuery::Found>;

// The films of short lists, put in order here. Nothing when they are too many.
std::optional<Films> gather(SearchQuery& query, const Stages& stages) {
  auto shown = stages.films * 2 <= kShownMax ? query.shown : 0;
  auto rows = query.exec(gathered_search(query.conditions | shown), stages.lists, {});
  if (rows.size() > kGatheredMax) return std::nullopt;
  Films films;
  for (const auto& row : rows) {
    auto list = std::find(stages.lists.begin(), stages.lists.end(), row[2].as<std::int64_t>());
    auto stage = stages.stages[static_cast<std::size_t>(list - stages.lists.begin())];
    films.push_back({row[0].as<std::int64_t>(), stage, 0, db::real(row[1]), query.card_of(row)});
  }
  std::sort(films.begin(), films.end(), [](const auto& a, const auto& b) {
    return std::tie(a.stage, b.rank, b.id) < std::tie(b.stage, a.rank, a.id);
  });
  std::unordered_set<std::int64_t> known;
  films.erase(std::remove_if(films.begin(), films.end(),
                             [&](const auto& film) { return !known.insert(film.id).second; }),
              films.end());
  return films;
}

// Films of all these stages, best first; each film in its first stage.
Films read(SearchQuery& query, const Stages& stages) {
  if (!stages.by_title && stages.films * 2 <= kGatheredMax) {
    if (auto films = gather(query, stages)) return *films;
  }
  query.begin_list();
  Films films;
  const auto& statement =
      staged_search(query.conditions | query.shown | (stages.by_title ? kByTitle : 0u));
  // Films that came before may come again.
  auto rows = query.exec(statement, stages.lists, stages.patterns, {}, db::array(stages.stages),
                         query.wanted);
  for (const auto& row : rows) {
    films.push_back(
        {row[0].as<std::int64_t>(), row[2].as<int>(), 0, db::real(row[1]), query.card_of(row)});
  }
  return films;
}

// The films of the stages before these are all in query.found.
void add_all(SearchQuery& query, const Stages& stages) {
  if (stages.lists.empty()) return;
  std::unordered_set<std::int64_t> known;
  for (const auto& film : query.found) known.insert(film.id);
  for (const auto& film : read(query, stages)) {
    if (query.full()) break;
    if (known.count(film.id) == 0) query.found.push_back(film);
  }
}

// After the films of `stages`. Those with the inner parts are read by themselves when the page is
// likely full before.
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

// The stages kWhole, kBegins and kInside, as far as films are wanted of them.
void add_in_order(SearchQuery& query, std::int64_t stage) {
  Phrase phrase = exact_phrase(query);
  Lists lists;
  std::vector<std::string> patterns;
  bool by_title = false;
  auto first = stage;
  for (; stage <= kInside; ++stage) {
    auto found = in_stage(phrase, kInside, stage);
    lists.push_back(found.lists.front());
    patterns.push_back(found.pattern);
    by_title |= !found.pattern.empty();
  }
  const auto& statement =
      ordered_search(query.conditions | query.shown | (by_title ? kByTitle : 0u));
  for (const auto& row : query.exec(statement, lists, patterns)) {
    query.add(first + row[2].as<int>() - 1, 0, row);
  }
  if (!query.full()) query.begin_list();
}

bool few_expected(const SearchQuery& query) {
  int size = query.exact[0]->size;
  for (const auto& word : query.exact) size = std::min(size, word->size);
  return size <= (query.exact.size() == 1 ? kFewSize : kFewOfPairSize);
}

// Of what is looked for when nothing else was found, only the first that is there counts: titles
// with the words in any order, those with words spelt alike in order, those with them in any order.
int turn_of(std::int64_t stage) {
  if (stage == kAnyOrder) return 0;
  return stage == kMeantAnyOrder ? 2 : 1;
}

void look_further(SearchQuery& query) {
  Stages stages;
  bool several = query.typed.size() > 1;
  if (query.all_known && several) {
    auto found = in_any_order(exact_phrase(query));
    stages.add(kAnyOrder, found.lists, 0, all_of(found.patterns));
  }
  Phrase meant = meant_phrase(query);
  if (!meant.empty()) {
    add_in_order(stages, meant, kMeantInside);
    // The likest word for one that is known is itself.
    if (several && text_of(meant) != joined(query.typed)) {
      auto found = in_any_order(meant);
      stages.add(kMeantAnyOrder, found.lists, 0, all_of(found.patterns));
    }
  }
  if (stages.lists.empty()) return;
  auto films = read(query, stages);
  for (const auto& film : films) {
    if (query.full() || turn_of(film.stage) != turn_of(films.front().stage)) break;
    query.found.push_back(film);
  }
}

// The stages of parts, from where a page ended.
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

// What titles may begin with that came in the stage before.
std::vector<std::string> beginnings(const Phrase& phrase) {
  std::vector<std::string> patterns;
  for (const auto& word : phrase[0]) {
    if (phrase.size() == 1) patterns.push_back(" " + word.text + " %");
    for (std::size_t i = 0; phrase.size() == 2 && i < phrase[1].size(); ++i) {
      patterns.push_back(" " + word.text + " " + phrase[1][i].text + " %");
    }
  }
  return patterns;
}

void go_on_in_meant(SearchQuery& query, std::int64_t stage) {
  Phrase phrase = meant_phrase(query);
  if (phrase.empty()) return;
  for (; stage <= kMeantInside && !query.full(); ++stage) {
    auto found = in_stage(phrase, kMeantInside, stage);
    std::vector<std::string> patterns, unlike;
    if (!found.pattern.empty()) patterns.push_back(found.pattern);
    if (stage == kMeantInside && found.lists.size() > 1) unlike = beginnings(phrase);
    query.merge(stage, found.lists, patterns, unlike);
  }
}

void go_on_in_any_order(SearchQuery& query, std::int64_t stage, const Phrase& phrase) {
  if (phrase.empty()) return;
  auto found = in_any_order(phrase);
  query.merge(stage, found.lists, found.patterns);
}

}  // namespace

Phrase meant_phrase(SearchQuery& query) {
  Phrase phrase;
  for (std::size_t i = 0; i < query.typed.size(); ++i) {
    const auto& exact = query.exact[i];
    bool keep = exact && (!query.all_known || is_short(query.typed[i]));
    phrase.push_back(keep ? std::vector<SearchWord>{*exact}
                          : query.words.meant(query.tx, query.typed[i], kMeantMax));
    if (phrase.back().empty() && exact) phrase.back().push_back(*exact);
    if (phrase.back().empty()) return {};
  }
  return phrase;
}

void search_titles(SearchQuery& query) {
  Stages stages;
  if (query.all_known) {
    if (few_expected(query)) {
      add_in_order(stages, exact_phrase(query), kInside);
    } else {
      add_in_order(query, kWhole);
    }
  }
  if (!query.full()) add_parts(query, stages);
  if (query.found.empty()) look_further(query);
}

void search_titles_from(SearchQuery& query, std::int64_t stage) {
  if (stage >= kWhole && stage <= kInside) {
    if (query.all_known) add_in_order(query, stage);
    stage = kPartBegins;
  }
  if (query.full()) return;
  if (stage == kPartBegins || stage == kPartInside) {
    go_on_in_parts(query, stage);
  } else if (stage == kAnyOrder) {
    if (query.all_known) go_on_in_any_order(query, stage, exact_phrase(query));
  } else if (stage >= kMeantWhole && stage <= kMeantInside) {
    go_on_in_meant(query, stage);
  } else if (stage == kMeantAnyOrder) {
    go_on_in_any_order(query, stage, meant_phrase(query));
  }
}

}  // namespace marquee::movie
