// What searches read of the database. The words that they know nothing of and the films of lists,
// which most searches need and nothing else, are read together by the searches of a turn
// (libs/db/loader.h); other statements run by themselves. SearchLoaders is owned by SearchStore and
// used by any thread; a SearchReader is made for one search, and belongs to its thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/db/loader.h"
#include "services/movie/search_vocabulary.h"

namespace marquee::movie {

// Of each list the best `each` films, list after list, until there are `all`; and which of `words`
// are there.
struct ListsWanted {
  std::vector<std::int64_t> lists;
  std::int64_t each = 0;
  std::int64_t all = 0;
  std::vector<std::string> words{};

  bool operator==(const ListsWanted&) const = default;
  struct Hash {
    std::size_t operator()(const ListsWanted& wanted) const;
  };
};

struct ListedFilm {
  std::int64_t id = 0;
  double rank = 0;
  std::size_t list = 0;     // its place in ListsWanted
  std::string_view card{};  // as read_rated_card() takes it; none where it was not asked for
};

struct ListedFilms {
  std::vector<ListedFilm> films;
  std::vector<SearchWord> words;
  pqxx::result rows;  // keeps the cards
};

class SearchLoaders {
 public:
  explicit SearchLoaders(db::Pool& pool);

 private:
  friend class SearchReader;

  db::Loader<std::string, SearchWord> words_;
  db::Loader<ListsWanted, ListedFilms, ListsWanted::Hash> films_, films_with_cards_;
};

class SearchReader {
 public:
  // Whether words may be looked up after the search went on without them, which mostly is right and
  // saves a statement.
  enum class Words : std::uint8_t { kAtOnce, kLater };

  SearchReader(db::Pool& pool, SearchLoaders& loaders, const Deadline& deadline, Words words)
      : pool_(pool), loaders_(loaders), deadline_(deadline), later_(words == Words::kLater) {}

  // As Tx::exec(). Each statement sees its own snapshot.
  template <typename... Args>
  pqxx::result exec(const db::Statement& statement, const Args&... args) {
    return pool_.read(deadline_, [&](db::Tx& tx) { return tx.exec(statement, args...); });
  }

  // One for each; null where no title has the word.
  std::vector<std::shared_ptr<const SearchWord>> words(const std::vector<std::string>& texts) {
    return loaders_.words_.load_many(deadline_, texts);
  }

  bool looks_up_later() const { return later_; }
  // While looks_up_later(): with the next lists, or by words_that_came().
  void look_up(std::vector<std::string> texts) { asked_ = std::move(texts); }
  // Of those. The search was led astray when there are any.
  std::vector<SearchWord> words_that_came();

  // Null when the lists are empty.
  std::shared_ptr<const ListedFilms> films(ListsWanted wanted, bool with_cards);

 private:
  db::Pool& pool_;
  SearchLoaders& loaders_;
  const Deadline& deadline_;
  const bool later_;
  std::vector<std::string> asked_;
  std::vector<SearchWord> came_;
};

}  // namespace marquee::movie
