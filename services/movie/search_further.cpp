#include "services/movie/search_further.h"

#include "services/movie/search_stages.h"
#include "services/movie/search_words.h"

namespace marquee::movie {
namespace {

using Lists = SearchQuery::Lists;

constexpr std::size_t kMeantMax = 3;
// So many titles are compared before it is known that they have to be.
constexpr double kComparedInAdvanceMax = 64;

// Titles with all the likest words, wherever they are.
struct AnyOrder {
  Lists lists;
  std::vector<std::string> patterns;
  double films = 0;  // expected
};

AnyOrder in_any_order(const Phrase& phrase) {
  AnyOrder found;
  const SearchWord* rarest = &phrase[0].front();
  for (const auto& words : phrase) {
    if (words.front().size < rarest->size) rarest = &words.front();
    found.patterns.push_back("% " + words.front().text + " %");
  }
  add_lists(found.lists, {Place::kWhole, Place::kBegins, Place::kInside}, rarest->id, 0);
  found.films = films_expected(*rarest);
  return found;
}

// As a staged search takes patterns that must all fit.
std::string all_of(const std::vector<std::string>& patterns) {
  std::string all;
  for (const auto& pattern : patterns) all += (all.empty() ? "" : "|") + pattern;
  return all;
}

int turn_of(std::int64_t stage) {
  if (stage == kAnyOrder) return 0;
  return stage == kMeantAnyOrder ? 2 : 1;
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
    auto found = lists_in_stage(phrase, kMeantInside, stage);
    std::vector<std::string> patterns, unlike;
    if (!found.pattern.empty()) patterns.push_back(found.pattern);
    if (stage == kMeantInside && found.lists.size() > 1) unlike = beginnings(phrase);
    query.merge(stage, found.lists, patterns, unlike);
  }
}

// Only those of the first turn that is there.
void add_first_turn(SearchQuery& query, const Stages& stages) {
  if (stages.lists.empty()) return;
  auto films = read_stages(query, stages);
  for (const auto& film : films) {
    if (query.full() || turn_of(film.stage) != turn_of(films.front().stage)) break;
    query.found.push_back(film);
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
                          : query.words.meant(query.reader, query.typed[i], kMeantMax));
    if (phrase.back().empty() && exact) phrase.back().push_back(*exact);
    if (phrase.back().empty()) return {};
  }
  return phrase;
}

void look_further(SearchQuery& query) {
  Stages stages;
  bool several = query.typed.size() > 1;
  if (query.all_known && several) {
    auto found = in_any_order(query.exact_phrase());
    stages.add(kAnyOrder, found.lists, 0, all_of(found.patterns));
  }
  Phrase meant = meant_phrase(query);
  if (!meant.empty()) add_in_order(stages, meant, kMeantInside);
  // The likest word for one that is known is itself.
  if (!meant.empty() && several && text_of(meant) != joined(query.typed)) {
    auto found = in_any_order(meant);
    if (found.films > kComparedInAdvanceMax) {
      add_first_turn(query, stages);
      stages = {};
    }
    stages.add(kMeantAnyOrder, found.lists, 0, all_of(found.patterns));
  }
  if (query.found.empty()) add_first_turn(query, stages);
}

void go_on_further(SearchQuery& query, std::int64_t stage) {
  if (stage == kAnyOrder) {
    if (query.all_known) go_on_in_any_order(query, stage, query.exact_phrase());
  } else if (stage >= kMeantWhole && stage <= kMeantInside) {
    go_on_in_meant(query, stage);
  } else if (stage == kMeantAnyOrder) {
    go_on_in_any_order(query, stage, meant_phrase(query));
  }
}

}  // namespace marquee::movie
