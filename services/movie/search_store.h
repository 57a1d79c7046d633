// The SQL of search. Films are found in stages, each a list of the best films or a few lists
// merged; a page takes from them in turn, and a cursor stays in the stage in which it ended:
//
// - whole, begins, inside: the title is what was typed; begins with it; has it elsewhere, word by
//   word, whatever signs are between;
// - part begins, part inside: the same where the first word typed ends a word of the title, and the
//   last one begins one; a single word may be any part of it (of 1 or 2 letters only its
//   beginning);
// - any order: nothing was found so far; the title has all the words typed, wherever they are;
// - meant ...: still nothing was found, and words that are spelt alike are looked for instead,
//   again word by word, and at last in any order.
//
// Within a stage films are ordered by weighted rating, so that no more than a page of films is
// read. Ratings move films in that order only after a while (SearchUpkeep), up to an eighth of a
// point not at all; what a filter compares is always the rating of now. To keep it that way, of the
// words that hold what was typed the kPartsMax most used count, only the first 24 words of a title
// do, of films that must fit more conditions the first kLookedAtMax of a list are looked at for a
// page, and of the directors that fit the first 1,000 people and kCandidatesMax films, or, where
// one word of a name is asked for that many films have, the kNamesMax most used words that hold it.
//
// Stateless but for words; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/db/pool.h"
#include "services/movie/films.h"
#include "services/movie/search_names.h"
#include "services/movie/search_reader.h"
#include "services/movie/search_words.h"

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
  // Whether the films are read with their ids: where they are hardly in memory, it saves a
  // statement. Of pages by number only ids are.
  enum class Read : std::uint8_t { kIds, kFilms };

  explicit SearchStore(db::Pool& pool) : pool_(pool), loaders_(pool) {}

  // `limit` at most 100. `cursor` "" starts at `offset`; throws INVALID_ARGUMENT when it is not
  // one.
  FilmList search(const Deadline& deadline, const SearchFilter& filter, std::int64_t limit,
                  std::int64_t offset, const std::string& cursor, Read read = Read::kFilms);

  // Looks at some films after the id `first`, and puts those that ratings moved in their new
  // places. Returns the id to go on after, 0 at the end of all films.
  std::int64_t move_films(const Deadline& deadline, std::int64_t first);

  // Keeps the words of titles and directors' names in memory; does little when they are there and
  // none came. Searches do not need it, but cost less.
  // True when it read more than the last time: what was searched meanwhile may find more now.
  bool refresh_words(const Deadline& deadline);
  // For after this process committed a film's title.
  void words_added() { words_.added(); }

 private:
  db::Pool& pool_;
  SearchLoaders loaders_;
  SearchWords words_;
  SearchNames names_;
};

}  // namespace marquee::movie
