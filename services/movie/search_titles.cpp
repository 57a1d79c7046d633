#include "services/movie/search_titles.h"

#include <algorithm>

#include "services/movie/search_further.h"
#include "services/movie/search_parts.h"
#include "services/movie/search_stages.h"

namespace marquee::movie {
namespace {

// Of SearchWord::size. Up to them, films with the word (or with the rarer one of two) hardly fill a
// page.
constexpr int kFewSize = 4;
constexpr int kFewOfPairSize = 8;

void add_best(SearchQuery& query, std::int64_t first, const SearchQuery::Lists& lists) {
  auto most = query.missing();
  for (const auto& film : query.read_lists(lists, most, most, query.shown != 0)) {
    auto stage = first + static_cast<std::int64_t>(film.list);
    query.found.push_back({film.id, stage, 0, film.rank, film.card});
  }
}

// The stages kWhole, kBegins and kInside, as far as films are wanted of them.
void add_in_order(SearchQuery& query, std::int64_t stage) {
  Phrase phrase = query.exact_phrase();
  SearchQuery::Lists lists;
  std::vector<std::string> patterns;
  bool by_title = false;
  auto first = stage;
  for (; stage <= kInside; ++stage) {
    auto found = lists_in_stage(phrase, kInside, stage);
    lists.push_back(found.lists.front());
    patterns.push_back(found.pattern);
    by_title |= !found.pattern.empty();
  }
  if (query.lists_only() && !by_title) {
    add_best(query, first, lists);
  } else {
    const auto& statement =
        ordered_search(query.conditions | query.shown | (by_title ? kByTitle : 0u));
    for (const auto& row : query.exec(statement, lists, patterns)) {
      query.add(first + row[2].as<int>() - 1, 0, row);
    }
  }
  if (!query.full()) query.begin_list();
}

bool few_expected(const SearchQuery& query) {
  int size = query.exact[0]->size;
  for (const auto& word : query.exact) size = std::min(size, word->size);
  return size <= (query.exact.size() == 1 ? kFewSize : kFewOfPairSize);
}

}  // namespace

void search_titles(SearchQuery& query) {
  Stages stages;
  if (query.all_known) {
    if (few_expected(query)) {
      add_in_order(stages, query.exact_phrase(), kInside);
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
  } else {
    go_on_further(query, stage);
  }
}

}  // namespace marquee::movie
