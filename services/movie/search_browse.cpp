#include "services/movie/search_browse.h"

#include <cmath>

#include "services/movie/search_further.h"

namespace marquee::movie {
namespace {

// At and above it most of the best films fit; below it, hardly any of them.
constexpr double kUsualRating = 6;

// The best films mostly fit a least rating, so it is compared last; until they no longer do.
void browse_years(SearchQuery& query) {
  auto lists = year_lists(query.min_year, query.max_year);
  if (lists.empty()) return;
  if ((query.conditions & kByMinRating) && !(query.conditions & kByMaxRating)) {
    auto rows = query.exec(
        merged_search((query.conditions & ~kByMinRating) | query.shown | kMostlyOfMinRating), lists,
        {});
    query.add_fitting(rows, kBrowse);
    if (static_cast<std::int64_t>(rows.size()) < query.wanted) return;
  }
  if (!query.full()) query.merge(kBrowse, lists);
}

}  // namespace

void browse(SearchQuery& query) {
  if (!query.directed.empty()) return query.merge(kBrowse, query.directed);
  if (query.conditions == 0) {
    const auto& statement = everything_search(query.shown);
    for (const auto& row : query.exec(statement, {}, {})) query.add(kBrowse, 0, row);
    return;
  }
  bool mostly_bad = (query.conditions & kByMaxRating) && query.max_rating < kUsualRating;
  bool by_year = (query.conditions & (kByMinYear | kByMaxYear)) != 0;
  if (query.min_rating > query.max_rating || query.min_year > query.max_year) return;
  if ((query.conditions & kByGenre) && !mostly_bad) {
    return query.merge(kBrowse, genre_search(query.conditions | query.shown), {}, {}, {});
  }
  if (by_year && !mostly_bad) return browse_years(query);
  std::vector<std::int64_t> lists;
  for (double rating = std::ceil(query.min_rating); rating < query.max_rating + 1; ++rating) {
    lists.push_back(rating_list(static_cast<int>(rating)));
  }
  query.merge(kBrowse, lists);
}

void search_candidates(SearchQuery& query, std::int64_t stage) {
  std::vector<std::string> words = query.typed;
  if (stage == kCandidatesMeant) {
    words.clear();
    for (const auto& meant : meant_phrase(query)) words.push_back(meant.front().text);
    if (words.empty()) return;
  }
  std::vector<std::string> patterns{query.signs, "", "", query.signs + kLastCharacter}, like;
  if (!words.empty()) {
    std::string text = joined(words);
    patterns[1] = " " + text + " ";
    patterns[2] = " " + text + "%";
    like.push_back((is_short(text) ? "% " : "%") + text + "%");
  }
  const auto& statement =
      candidate_search(query.conditions | query.shown | (words.empty() ? 0u : kByTitle));
  for (const auto& row : query.exec(statement, {}, patterns, like)) {
    query.add(stage, row[2].as<int>(), row);
  }
}

}  // namespace marquee::movie
