// The statements of search, one for each set of conditions: only a statement that names just the
// conditions in use gets the plan that their indexes allow. Made on first use and kept; any thread.
//
// All take the same parameters: $1 title (folded), $2 LIKE pattern, $3 second LIKE pattern (of
// short words), $4 genre ids, $5 people ids, $6 and $7 least and most rating, $8 and $9 first and
// last year, $10-$12 sort key to go on after, $13 rows to skip.
#pragma once

#include <cstdint>

#include "libs/db/tx.h"

namespace marquee::movie {

enum SearchCondition : unsigned {
  kByTitle = 1,
  kByWordStart = 2,  // with kByTitle: too short for trigrams, so words must begin with it
  kByGenre = 4,
  kByDirector = 8,
  kByMinRating = 16,
  kByMaxRating = 32,
  kByMinYear = 64,
  kByMaxYear = 128,
};

inline constexpr int kCandidatesMax = 1'000;
inline constexpr int kProbesMax = 2'000;

// Rows (id, weighted, tier, number of candidates), best first. Sort key: tier, -weighted, -id.
const db::Statement& ranked_search(unsigned conditions);
// Rows (id, weighted) with exactly the title, best first. Sort key: ignored, weighted, id.
const db::Statement& exact_search(unsigned conditions, std::int64_t rows);
// Rows (id, weighted) without those of exactly the title, best first. Sort key as above.
const db::Statement& walked_search(unsigned conditions, std::int64_t rows);
// The same among the kProbesMax films of most weight only: cheap, and mostly enough.
const db::Statement& probed_search(unsigned conditions);
// Rows (id), likest first. No sort key.
const db::Statement& similar_search(unsigned conditions);

}  // namespace marquee::movie
