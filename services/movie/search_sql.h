// The statements of search over the lists of migration 0003, one for each set of conditions: only a
// statement that names just the conditions in use gets the plan that their indexes allow. Made on
// first use and kept; any thread.
//
// All take the same parameters: $1 lists, $2 and $3 rank and id to go on after, $4 rows wanted,
// $5 LIKE pattern of genres, $6 and $7 least and most rating, $8 and $9 first and last year,
// $10 LIKE patterns that the title must all fit (an ordered search: one for each list), $11 LIKE
// patterns it must not fit, $12 people or stages, $13 tier to go on after. Titles are matched as
// their words with one space between, before and after.
#pragma once

#include "libs/db/tx.h"

namespace marquee::movie {

enum SearchCondition : unsigned {
  kByTitle = 1,
  kByGenre = 2,
  kByDirector = 4,
  kByMinRating = 8,
  kByMaxRating = 16,
  kByMinYear = 32,
  kByMaxYear = 64,
  kBySigns = 128,  // the title begins with $10[1], signs and all
  // Merged searches only, of conditions that most films fit.
  kUnlikeTitle = 256,
  kMostlyOfMinRating = 512,
  // No condition: each row ends with the film's rated card (film_card.h), as kCardColumn.
  kWithCards = 1024,
  kWithWords = 2048,  // lists_search only
};

inline constexpr std::size_t kCardColumn = 3;

// How many films of a list are looked at, at most, for those that fit all conditions.
inline constexpr int kLookedAtMax = 20'000;
inline constexpr int kTitlesLookedAtMax = 2'000;
// How many films of the directors meant, or with the signs meant, are put in order.
inline constexpr int kCandidatesMax = 5'000;
// How many films of short lists are read at once, at most.
inline constexpr int kGatheredMax = 400;

// Rows (id, rank, ordinal of the list): the films of each list, best first, list after list. The
// key to go on after holds for the first list. kByTitle: each list has its pattern.
const db::Statement& ordered_search(unsigned conditions);
// Rows (id, rank, whether it fits kUnlikeTitle and kMostlyOfMinRating): the films of all lists
// merged, best first, each once.
const db::Statement& merged_search(unsigned conditions);
// Rows (id, rank, stage): the lists of each stage in $12 merged, from their beginnings, stage after
// stage; each film in its first stage. kByTitle: each list has its patterns, with | between those
// that must all fit; "" for none.
const db::Statement& staged_search(unsigned conditions);
// Rows (id, rank, list): the films of all lists, in no order and one more than kGatheredMax at
// most: a third of the cost of the others where lists are short.
const db::Statement& gathered_search(unsigned conditions);
// As merged_search, for the lists of the genres that $5 fits; no list is given.
const db::Statement& genre_search(unsigned conditions);
// Rows (id, rank, tier): films of the directors in $12, or that begin with signs, by tier (all of
// the title fits $10[2], its beginning $10[3], other), best first.
const db::Statement& candidate_search(unsigned conditions);
// Rows (ordinal, ordinal of the list, id, rank): of each element of $1, an array of lists as text,
// the films of each list, best first, list after list; of one list at most $2[ordinal], in all at
// most $3[ordinal]. Takes kWithCards, and kWithWords: then $4 are words, and rows (0, size, id, 0,
// text) come of those that titles have. No other parameters.
const db::Statement& lists_search(unsigned conditions);
// Rows (id, rank, 0): all films. Takes kWithCards only.
const db::Statement& everything_search(unsigned conditions);

}  // namespace marquee::movie
