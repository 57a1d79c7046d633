#include "services/movie/search_store.h"

#include <algorithm>
#include <limits>

#include "services/movie/cursor.h"
#include "services/movie/search_sql.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kFold{"search_fold", "SELECT movie_fold($1)"};
constexpr db::Statement kGenreIds{
    "search_genres", "SELECT id FROM genres WHERE name_fold LIKE '%' || $1::text || '%'"};
constexpr db::Statement kPeopleIds{"search_people",
                                   "SELECT id FROM people WHERE name_fold LIKE $1 LIMIT 1000"};
constexpr db::Statement kPeopleIdsByWord{
    "search_people_by_word",
    "SELECT id FROM people WHERE name_fold LIKE $1 OR name_fold LIKE $2 LIMIT 1000"};

constexpr char kCursorKind[] = "search";
constexpr std::int64_t kRanked = 0, kExact = 1, kWalked = 2, kSimilar = 3;
constexpr double kAboveAllWeights = 1e9;

std::string fold(db::Tx& tx, const std::string& text) {
  bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
  if (!ascii) return tx.exec(kFold, text)[0][0].as<std::string>();
  std::string lower = text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string like_escaped(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '\\' || c == '%' || c == '_') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string ids_of(const pqxx::result& rows) {
  std::vector<std::int64_t> ids;
  for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
  return db::array(ids);
}

bool too_short_for_trigrams(const std::string& folded) {
  return characters(folded) < 3;
}

// One search: the parameters that all its statements take, and how its page is put together.
class Search {
  static auto walk_key(std::int64_t way) {
    return [way](const pqxx::row& row) {
      return std::vector<std::int64_t>{way, 0, cursor_bits(row[1].as<double>()),
                                       row[0].as<std::int64_t>()};
    };
  }

 public:
  Search(db::Tx& tx, const SearchFilter& filter, std::int64_t limit) : tx_(tx), limit_(limit) {
    if (!filter.title.empty()) set_title(filter.title);
    if (!filter.genre.empty()) {
      conditions_ |= kByGenre;
      genres_ = ids_of(tx_.exec(kGenreIds, like_escaped(fold(tx_, filter.genre))));
    }
    if (!filter.director.empty()) set_director(filter.director);
    set(filter.min_rating, kByMinRating, min_rating_);
    set(filter.max_rating, kByMaxRating, max_rating_);
    set(filter.min_year, kByMinYear, min_year_);
    set(filter.max_year, kByMaxYear, max_year_);
  }

  FilmList start(std::int64_t offset) {
    offset_ = offset;
    if (conditions_ == 0) return walk();
    if ((conditions_ & (kByTitle | kByDirector)) == 0) {
      // What is browsed by genre or year is mostly plentiful.
      FilmList page;
      if (add(page, exec(probed_search(conditions_)), walk_key(kWalked))) return page;
    }
    auto rows = exec(ranked_search(conditions_));
    if (rows.empty() && offset > 0) {
      offset_ = 0;
      rows = exec(ranked_search(conditions_));
      offset_ = offset;
      if (!overflowed(rows)) return rows.empty() ? similar() : FilmList{};
    }
    if (overflowed(rows)) return (conditions_ & kByTitle) ? walk_after_exact() : walk();
    if (rows.empty()) return similar();
    return ranked_page(rows);
  }

  FilmList go_on(const std::vector<std::int64_t>& key) {
    if (key[0] == kSimilar) {
      offset_ = std::clamp<std::int64_t>(key[3], 0, 1'000);
      return similar();
    }
    tier_ = static_cast<double>(key[1]);
    weighted_ = cursor_double(key[2]);
    id_ = key[3];
    if (key[0] == kExact) return walk_after_exact();
    if (key[0] == kWalked) return walk();
    weighted_ = -weighted_;
    id_ = id_ == std::numeric_limits<std::int64_t>::min() ? id_ : -id_;
    return ranked_page(exec(ranked_search(conditions_)));
  }

 private:
  void set_title(const std::string& title) {
    conditions_ |= kByTitle;
    title_ = fold(tx_, title);
    std::string escaped = like_escaped(title_);
    if (too_short_for_trigrams(title_)) {
      conditions_ |= kByWordStart;
      pattern_ = escaped + "%";
      word_pattern_ = "% " + escaped + "%";
    } else {
      pattern_ = "%" + escaped + "%";
    }
  }

  void set_director(const std::string& director) {
    conditions_ |= kByDirector;
    std::string folded = fold(tx_, director);
    std::string escaped = like_escaped(folded);
    people_ = ids_of(too_short_for_trigrams(folded)
                         ? tx_.exec(kPeopleIdsByWord, escaped + "%", "% " + escaped + "%")
                         : tx_.exec(kPeopleIds, "%" + escaped + "%"));
  }

  template <typename T>
  void set(const std::optional<T>& value, SearchCondition condition, T& target) {
    if (!value) return;
    conditions_ |= condition;
    target = *value;
  }

  pqxx::result exec(const db::Statement& statement) {
    return tx_.exec(statement, title_, pattern_, word_pattern_, genres_, people_, min_rating_,
                    max_rating_, min_year_, max_year_, tier_, weighted_, id_, offset_);
  }

  static bool overflowed(const pqxx::result& rows) {
    return !rows.empty() && rows[0][3].as<std::int64_t>() > kCandidatesMax;
  }

  FilmList ranked_page(const pqxx::result& rows) {
    FilmList page;
    add(page, rows, [](const pqxx::row& row) {
      return std::vector<std::int64_t>{kRanked, row[2].as<std::int64_t>(),
                                       cursor_bits(row[1].as<double>()), row[0].as<std::int64_t>()};
    });
    return page;
  }

  FilmList walk_after_exact() {
    begin_walk();
    auto offset = offset_;
    offset_ = 0;
    auto exact = exec(exact_search(conditions_, offset + limit_ + 1));
    FilmList page;
    auto skipped = std::min<std::int64_t>(offset, static_cast<std::int64_t>(exact.size()));
    bool full = add(page, exact, walk_key(kExact), skipped);
    if (full) return page;
    // The first of the others comes after every exact one, whatever their weights.
    weighted_ = kAboveAllWeights;
    offset_ = offset - skipped;
    return walk(std::move(page));
  }

  FilmList walk(FilmList page = {}) {
    begin_walk();
    add(page, exec(walked_search(conditions_, offset_ + limit_ + 1)), walk_key(kWalked));
    return page;
  }

  void begin_walk() {
    if (tier_ < 0 && weighted_ == 0) {
      weighted_ = kAboveAllWeights;
    }
  }

  FilmList similar() {
    if ((conditions_ & kByTitle) == 0) return {};
    FilmList page;
    auto next = offset_ + limit_;
    add(page, exec(similar_search(conditions_)), [next](const pqxx::row&) {
      return std::vector<std::int64_t>{kSimilar, 0, 0, next};
    });
    return page;
  }

  // Fills the page from `rows`; true when it is full and there is more, so that the cursor of its
  // last row was set.
  template <typename Key>
  bool add(FilmList& page, const pqxx::result& rows, Key key, std::int64_t skip = 0) {
    for (auto i = skip; i < static_cast<std::int64_t>(rows.size()); ++i) {
      auto at = static_cast<pqxx::result::size_type>(i);
      if (static_cast<std::int64_t>(page.ids.size()) == limit_) {
        if (page.next_cursor.empty()) page.next_cursor = last_key_;
        return true;
      }
      page.ids.push_back(rows[at][0].as<std::int64_t>());
      last_key_ = encode_cursor(kCursorKind, key(rows[at]));
    }
    return false;
  }

  db::Tx& tx_;
  const std::int64_t limit_;
  unsigned conditions_ = 0;
  std::string title_, pattern_, word_pattern_;
  std::string genres_ = "{}", people_ = "{}";
  double min_rating_ = 0, max_rating_ = 0;
  int min_year_ = 0, max_year_ = 0;
  double tier_ = -1, weighted_ = 0;
  std::int64_t id_ = 0, offset_ = 0;
  std::string last_key_;
};

}  // namespace

FilmList SearchStore::search(Deadline deadline, const SearchFilter& filter, std::int64_t limit,
                             std::int64_t offset, const std::string& cursor) {
  std::vector<std::int64_t> key;
  if (!cursor.empty()) key = decode_cursor(kCursorKind, cursor, 4);
  return pool_.read(deadline, [&](db::Tx& tx) {
    Search search(tx, filter, limit);
    return key.empty() ? search.start(offset) : search.go_on(key);
  });
}

}  // namespace marquee::movie
