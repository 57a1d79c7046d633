#include "services/movie/search_stages.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_set>

namespace marquee::movie {
namespace {

// Of films that are read to be put in order here, more than these are not all shown.
constexpr double kShownMax = 40;

using FoundFilms = std::vector<SearchQuery::Found>;

void put_in_order(FoundFilms& films) {
  std::sort(films.begin(), films.end(), [](const auto& a, const auto& b) {
    return std::tie(a.stage, b.rank, b.id) < std::tie(b.stage, a.rank, a.id);
  });
  std::unordered_set<std::int64_t> known;
  films.erase(std::remove_if(films.begin(), films.end(),
                             [&](const auto& film) { return !known.insert(film.id).second; }),
              films.end());
}

// The best of each list: of those that are in no stage before, a page of a stage has no others.
FoundFilms read_lists(SearchQuery& query, const Stages& stages) {
  auto all = query.wanted * static_cast<std::int64_t>(stages.lists.size());
  bool with_cards = query.shown != 0 && stages.films * 2 <= kShownMax;
  FoundFilms films;
  for (const auto& film : query.read_lists(stages.lists, query.wanted, all, with_cards)) {
    films.push_back({film.id, stages.stages[film.list], 0, film.rank, film.card});
  }
  put_in_order(films);
  return films;
}

// The films of short lists, put in order here. Nothing when they are too many.
std::optional<FoundFilms> gather(SearchQuery& query, const Stages& stages) {
  auto shown = stages.films * 2 <= kShownMax ? query.shown : 0;
  auto rows = query.exec(gathered_search(query.conditions | shown), stages.lists, {});
  if (rows.size() > kGatheredMax) return std::nullopt;
  FoundFilms films;
  for (const auto& row : rows) {
    auto list = std::find(stages.lists.begin(), stages.lists.end(), row[2].as<std::int64_t>());
    auto stage = stages.stages[static_cast<std::size_t>(list - stages.lists.begin())];
    films.push_back({row[0].as<std::int64_t>(), stage, 0, db::real(row[1]), query.card_of(row)});
  }
  put_in_order(films);
  return films;
}

}  // namespace

void Stages::add(std::int64_t stage, const SearchQuery::Lists& more, double expected,
                 const std::string& pattern) {
  films += expected;
  lists.insert(lists.end(), more.begin(), more.end());
  stages.resize(lists.size(), stage);
  patterns.resize(lists.size(), pattern);
  by_title |= !more.empty() && !pattern.empty();
}

ListsOfPhrase lists_in_stage(const Phrase& phrase, std::int64_t inside, std::int64_t stage) {
  return lists_of_phrase(phrase, static_cast<Place>(inside - stage));
}

void add_in_order(Stages& stages, const Phrase& phrase, std::int64_t inside) {
  for (auto stage = inside - 2; stage <= inside; ++stage) {
    auto found = lists_in_stage(phrase, inside, stage);
    stages.add(stage, found.lists, found.films, found.pattern);
  }
}

FoundFilms read_stages(SearchQuery& query, const Stages& stages) {
  if (!stages.by_title && stages.films * 2 <= kGatheredMax) {
    if (query.lists_only()) return read_lists(query, stages);
    if (auto films = gather(query, stages)) return *films;
  }
  query.begin_list();
  FoundFilms films;
  const auto& statement =
      staged_search(query.conditions | query.shown | (stages.by_title ? kByTitle : 0u));
  // FoundFilms that came before may come again.
  auto rows = query.exec(statement, stages.lists, stages.patterns, {}, db::array(stages.stages),
                         query.wanted);
  for (const auto& row : rows) {
    films.push_back(
        {row[0].as<std::int64_t>(), row[2].as<int>(), 0, db::real(row[1]), query.card_of(row)});
  }
  return films;
}

void add_all(SearchQuery& query, const Stages& stages) {
  if (stages.lists.empty()) return;
  std::unordered_set<std::int64_t> known;
  for (const auto& film : query.found) known.insert(film.id);
  for (const auto& film : read_stages(query, stages)) {
    if (query.full()) break;
    if (known.count(film.id) == 0) query.found.push_back(film);
  }
}

}  // namespace marquee::movie
