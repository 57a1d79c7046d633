// The SQL of search. A page is found in one of three ways, and a cursor stays in the way it began:
//
// - ranked: at most kCandidatesMax films fit (trigram, genre, year and people indexes find them);
//   they are ordered by how they match the title (all of it, its beginning, a part of it), then by
//   weighted rating;
// - walked: more films fit, so they are dense enough to be met by walking the index of weighted
//   ratings; films with exactly this title come first;
// - similar: no title holds the query, so the likest titles come (typos).
//
// Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/db/pool.h"
#include "services/movie/films.h"

namespace marquee::movie {

struct SearchFilter {
  std::string title;     // trimmed, "" for any; at most kSearchCharactersMax
  std::string genre;     // part of a genre's name
  std::string director;  // part of a director's name
  std::optional<double> min_rating, max_rating;  // 0-10
  std::optional<int> min_year, max_year;
};

inline constexpr std::size_t kSearchCharactersMax = 200;

class SearchStore {
 public:
  explicit SearchStore(db::Pool& pool) : pool_(pool) {}

  // `limit` at most 100. `cursor` "" starts at `offset`; throws INVALID_ARGUMENT when it is not
  // one.
  FilmList search(Deadline deadline, const SearchFilter& filter, std::int64_t limit,
                  std::int64_t offset, const std::string& cursor);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
