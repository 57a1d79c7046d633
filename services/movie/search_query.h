// One search while it runs: what was asked, the parameters that all statements take (search_sql.h),
// and the films found so far, which become its page. Made for one call by SearchStore; the thread
// of that call.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "services/movie/films.h"
#include "services/movie/search_phrase.h"
#include "services/movie/search_reader.h"
#include "services/movie/search_sql.h"
#include "services/movie/search_store.h"

namespace marquee::movie {

// Of directors' names, the words whose films are read.
inline constexpr std::size_t kNamesMax = 16;

// Of the films that one search takes from a list read for several.
inline constexpr std::int64_t kTogetherMax = 128;

inline constexpr char kSearchCursor[] = "search";
inline constexpr double kAboveAllRanks = 1e9;

// Written into cursors. SearchStore says what they are.
enum Stage : std::int64_t {
  kWhole = 0,
  kBegins = 1,
  kInside = 2,
  kPartBegins = 3,
  kPartInside = 4,
  kAnyOrder = 5,
  kMeantWhole = 6,
  kMeantBegins = 7,
  kMeantInside = 8,
  kMeantAnyOrder = 9,
  kBrowse = 10,
  kCandidates = 11,
  kCandidatesMeant = 12,
};

// Of one or two letters: only beginnings are compared.
bool is_short(const std::string& word);
void add_lists(std::vector<std::int64_t>& lists, const std::vector<Place>& places,
               std::int64_t word, std::int64_t next);

struct SearchQuery {
  using Lists = std::vector<std::int64_t>;
  using Patterns = std::vector<std::string>;

  SearchQuery(SearchReader& reader, SearchWords& words, const SearchNames& names,
              const SearchFilter& filter, std::int64_t limit, std::int64_t offset);

  bool full() const { return static_cast<std::int64_t>(found.size()) >= wanted; }
  std::int64_t missing() const { return wanted - static_cast<std::int64_t>(found.size()); }
  // By what may leave too many films to read them all, or in no list.
  bool by_candidates() const { return (conditions & (kByDirector | kBySigns)) != 0; }

  pqxx::result exec(const db::Statement& statement, const Lists& lists, const Patterns& patterns,
                    const Patterns& unlike, const std::string& people_or_stages, std::int64_t rows);
  pqxx::result exec(const db::Statement& statement, const Lists& lists, const Patterns& patterns,
                    const Patterns& unlike = {}) {
    return exec(statement, lists, patterns, unlike, people, missing());
  }

  // Where all words are known.
  Phrase exact_phrase() const;

  // Reads on after the films of the page before, which ended in the stage this returns.
  std::int64_t go_on_after(const std::vector<std::int64_t>& key);
  void begin_list();
  // Nothing but lists is asked for, from their beginnings and not far into them: they are read with
  // those of others, who need not wait for much more than their own.
  bool lists_only() const {
    return conditions == 0 && rank == kAboveAllRanks && wanted <= kTogetherMax;
  }
  // Films of lists, while lists_only(). What they return stays until this query ends.
  const std::vector<ListedFilm>& read_lists(const Lists& lists, std::int64_t each, std::int64_t all,
                                            bool with_cards);
  // Adds films of a stage until the page is full. Titles that must not be there are few, so they
  // are left out of what was found, and more is found in their place.
  void merge(std::int64_t stage, const db::Statement& statement, const Lists& lists,
             const Patterns& patterns, const Patterns& unlike);
  void merge(std::int64_t stage, const Lists& lists, const Patterns& patterns = {},
             const Patterns& unlike = {});
  // Adds the rows that say that they fit.
  void add_fitting(const pqxx::result& rows, std::int64_t stage);
  void add(std::int64_t stage, std::int64_t film_tier, const pqxx::row& row);
  std::string_view card_of(const pqxx::row& row) const;

  FilmList page() const;

  struct Found {
    std::int64_t id = 0;
    std::int64_t stage = 0, tier = 0;
    double rank = 0;
    std::string_view card{};  // in a result of `read`; none where it was not asked for
  };

  SearchReader& reader;
  SearchWords& words;
  const std::int64_t limit, offset, wanted;
  unsigned conditions = 0;
  unsigned shown = 0;              // kWithCards or 0: to be added to the conditions of a statement
  std::string signs;               // the title, folded
  std::vector<std::string> typed;  // its words
  std::vector<std::optional<SearchWord>> exact;
  bool all_known = false;
  std::string genre, people = "{}";
  Lists directed;  // instead of kByDirector: lists of the films by the directors meant
  const double min_rating, max_rating;
  const int min_year, max_year;

  int tier = -1;
  double rank;
  std::int64_t id;
  std::vector<Found> found;
  std::vector<pqxx::result> read;
  std::vector<std::shared_ptr<const ListedFilms>> listed;

 private:
  void set_title(const std::string& title);
  void set_director(const std::string& director, const SearchNames& names);
  bool set_lists_of_director(const std::string& folded, const SearchNames& names);
};

}  // namespace marquee::movie
