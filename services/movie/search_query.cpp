#include "services/movie/search_query.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "services/movie/cursor.h"
#include "services/movie/film_card.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kFold{"search_fold", "SELECT movie_fold($1)"};
constexpr db::Statement kPeopleIds{"search_people",
                                   "SELECT id FROM people WHERE name_fold LIKE $1 LIMIT 1000"};
constexpr db::Statement kPeopleIdsByWord{
    "search_people_by_word",
    "SELECT id FROM people WHERE name_fold LIKE $1 OR name_fold LIKE $2 LIMIT 1000"};

// More films than these are not all read to be put in order.
constexpr double kFilmsOfDirectorMax = 50;

std::string fold(SearchReader& reader, const std::string& text) {
  bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
  if (!ascii) return reader.exec(kFold, text)[0][0].as<std::string>();
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

// The stream that libpqxx writes numbers with costs more than the rest of a row.
std::string text_of(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

bool is_short(const std::string& word) {
  return characters(word) < 3;
}

void add_lists(std::vector<std::int64_t>& lists, const std::vector<Place>& places,
               std::int64_t word, std::int64_t next) {
  for (auto place : places) lists.push_back(words_list(place, word, next));
}

SearchQuery::SearchQuery(SearchReader& all_reads, SearchWords& all_words, const SearchNames& names,
                         const SearchFilter& filter, std::int64_t page_limit,
                         std::int64_t page_offset)
    : reader(all_reads),
      words(all_words),
      limit(page_limit),
      offset(page_offset),
      wanted(page_offset + page_limit + 1),
      min_rating(filter.min_rating.value_or(0)),
      max_rating(filter.max_rating.value_or(10)),
      min_year(filter.min_year.value_or(std::numeric_limits<int>::min())),
      max_year(filter.max_year.value_or(std::numeric_limits<int>::max())) {
  begin_list();
  if (!filter.title.empty()) set_title(filter.title);
  if (!filter.genre.empty()) {
    conditions |= kByGenre;
    genre = "%" + like_escaped(fold(reader, filter.genre)) + "%";
  }
  if (!filter.director.empty()) set_director(filter.director, names);
  if (filter.min_rating) conditions |= kByMinRating;
  if (filter.max_rating) conditions |= kByMaxRating;
  if (filter.min_year) conditions |= kByMinYear;
  if (filter.max_year) conditions |= kByMaxYear;
}

void SearchQuery::set_title(const std::string& title) {
  signs = fold(reader, title);
  typed = split_words(signs);
  if (typed.empty()) {
    conditions |= kBySigns;
    return;
  }
  exact = words.find(reader, typed);
  all_known = std::all_of(exact.begin(), exact.end(), [](auto& word) { return !!word; });
}

// Where a director's films may be many, and nothing of a title is asked for.
bool SearchQuery::set_lists_of_director(const std::string& folded, const SearchNames& names) {
  if (!typed.empty() || (conditions & kBySigns)) return false;
  auto parts = split_words(folded);
  if (parts.size() != 1 || parts[0] != folded) return false;
  auto words_meant = names.holding(folded, kNamesMax);
  double films = 0;
  for (const auto& word : words_meant) {
    films += films_expected(word);
    directed.push_back(director_list(word.id));
  }
  if (films <= kFilmsOfDirectorMax) directed.clear();
  return !directed.empty();
}

void SearchQuery::set_director(const std::string& director, const SearchNames& names) {
  std::string folded = fold(reader, director);
  if (set_lists_of_director(folded, names)) return;
  conditions |= kByDirector;
  std::string escaped = like_escaped(folded);
  auto rows = is_short(folded) ? reader.exec(kPeopleIdsByWord, escaped + "%", "% " + escaped + "%")
                               : reader.exec(kPeopleIds, "%" + escaped + "%");
  std::vector<std::int64_t> ids;
  for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
  people = db::array(ids);
}

pqxx::result SearchQuery::exec(const db::Statement& statement, const Lists& lists,
                               const Patterns& patterns, const Patterns& unlike,
                               const std::string& people_or_stages, std::int64_t rows) {
  read.push_back(reader.exec(statement, db::array(lists), text_of(rank), id, rows, genre,
                             text_of(min_rating), text_of(max_rating), min_year, max_year,
                             db::array(patterns), db::array(unlike), people_or_stages, tier));
  return read.back();
}

Phrase SearchQuery::exact_phrase() const {
  Phrase phrase;
  for (const auto& word : exact) phrase.push_back({*word});
  return phrase;
}

std::int64_t SearchQuery::go_on_after(const std::vector<std::int64_t>& key) {
  tier = static_cast<int>(std::clamp<std::int64_t>(key[1], 0, 2));
  rank = cursor_double(key[2]);
  id = std::max<std::int64_t>(key[3], 0);
  return key[0];
}

void SearchQuery::begin_list() {
  rank = kAboveAllRanks;
  id = std::numeric_limits<std::int64_t>::max();
}

const std::vector<ListedFilm>& SearchQuery::read_lists(const Lists& lists, std::int64_t each,
                                                       std::int64_t all, bool with_cards) {
  static const std::vector<ListedFilm> kNone;
  auto films = reader.films({lists, each, all}, with_cards);
  if (!films) return kNone;
  listed.push_back(std::move(films));
  return listed.back()->films;
}

void SearchQuery::merge(std::int64_t stage, const Lists& lists, const Patterns& patterns,
                        const Patterns& unlike) {
  if (lists.empty()) return begin_list();
  merge(stage,
        merged_search(conditions | shown | (patterns.empty() ? 0u : kByTitle) |
                      (unlike.empty() ? 0u : kUnlikeTitle)),
        lists, patterns, unlike);
}

void SearchQuery::merge(std::int64_t stage, const db::Statement& statement, const Lists& lists,
                        const Patterns& patterns, const Patterns& unlike) {
  while (!full()) {
    auto asked = missing();
    auto rows = exec(statement, lists, patterns, unlike);
    add_fitting(rows, stage);
    if (static_cast<std::int64_t>(rows.size()) < asked) break;
  }
  if (!full()) begin_list();
}

void SearchQuery::add_fitting(const pqxx::result& rows, std::int64_t stage) {
  for (const auto& row : rows) {
    id = row[0].as<std::int64_t>();
    rank = db::real(row[1]);
    if (row[2].c_str()[0] == 't') found.push_back({id, stage, 0, rank, card_of(row)});
  }
}

void SearchQuery::add(std::int64_t stage, std::int64_t film_tier, const pqxx::row& row) {
  found.push_back({row[0].as<std::int64_t>(), stage, film_tier, db::real(row[1]), card_of(row)});
}

std::string_view SearchQuery::card_of(const pqxx::row& row) const {
  return shown != 0 && std::cmp_greater(row.size(), kCardColumn)
             ? db::text(row[static_cast<int>(kCardColumn)])
             : std::string_view();
}

FilmList SearchQuery::page() const {
  FilmList page;
  for (auto i = offset; i < static_cast<std::int64_t>(found.size()); ++i) {
    if (i == offset + limit) {
      const auto& last = found[static_cast<std::size_t>(i - 1)];
      page.next_cursor =
          encode_cursor(kSearchCursor, {last.stage, last.tier, cursor_bits(last.rank), last.id});
      break;
    }
    const auto& film = found[static_cast<std::size_t>(i)];
    page.ids.push_back(film.id);
    if (film.card.empty()) continue;
    page.films.emplace_back().set_id(film.id);
    read_rated_card(film.card, page.films.back());
  }
  // A film that went meanwhile has no card: those that are left are read anew.
  if (page.films.size() != page.ids.size()) page.films.clear();
  return page;
}

}  // namespace marquee::movie
