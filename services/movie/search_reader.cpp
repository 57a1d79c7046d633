#include "services/movie/search_reader.h"

#include <algorithm>
#include <functional>

#include "services/movie/search_sql.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kFindWords{"search_words_find", R"sql(
  SELECT id, word, size FROM search_words WHERE word = ANY($1::text[]))sql"};

void load_words(db::Tx& tx, const std::vector<std::string>& texts,
                db::Found<std::string, SearchWord>& found) {
  for (const auto& row : tx.exec(kFindWords, db::array(texts))) {
    SearchWord word{row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<int>()};
    std::string text = word.text;
    found.add(text, std::move(word));
  }
}

using FoundFilms = db::Found<ListsWanted, ListedFilms, ListsWanted::Hash>;

constexpr int kTextColumn = 4;  // a card, or a word

void read_film(const pqxx::row& row, ListedFilms& films, bool with_card) {
  ListedFilm film{row[2].as<std::int64_t>(), db::real(row[3]), row[1].as<std::size_t>() - 1};
  if (with_card) film.card = db::text(row[kTextColumn]);
  films.films.push_back(film);
}

void read_word(const pqxx::row& row, const std::vector<ListsWanted>& all,
               std::vector<ListedFilms>& films) {
  SearchWord word{row[2].as<std::int64_t>(), row[kTextColumn].as<std::string>(), row[1].as<int>()};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& words = all[i].words;
    if (std::find(words.begin(), words.end(), word.text) != words.end()) {
      films[i].words.push_back(word);
    }
  }
}

pqxx::result read_lists(db::Tx& tx, const std::vector<ListsWanted>& all, unsigned with_cards) {
  std::vector<std::string> lists, words;
  std::vector<std::int64_t> each, in_all;
  for (const auto& wanted : all) {
    lists.push_back(db::array(wanted.lists));
    each.push_back(wanted.each);
    in_all.push_back(wanted.all);
    words.insert(words.end(), wanted.words.begin(), wanted.words.end());
  }
  if (words.empty()) {
    return tx.exec(lists_search(with_cards), db::array(lists), db::array(each), db::array(in_all));
  }
  return tx.exec(lists_search(with_cards | kWithWords), db::array(lists), db::array(each),
                 db::array(in_all), db::array(words));
}

void load_films(db::Tx& tx, const std::vector<ListsWanted>& all, FoundFilms& found,
                unsigned with_cards) {
  auto rows = read_lists(tx, all, with_cards);
  std::vector<ListedFilms> films(all.size());
  for (const auto& row : rows) {
    if (auto wanted = row[0].as<std::size_t>(); wanted > 0) {
      read_film(row, films[wanted - 1], with_cards != 0);
    } else {
      read_word(row, all, films);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (films[i].films.empty() && films[i].words.empty()) continue;
    films[i].rows = rows;
    found.add(all[i], std::move(films[i]));
  }
}

}  // namespace

std::size_t ListsWanted::Hash::operator()(const ListsWanted& wanted) const {
  constexpr std::size_t kFactor = 0x9E3779B97F4A7C15;
  std::size_t hash =
      static_cast<std::size_t>(wanted.each) * kFactor + static_cast<std::size_t>(wanted.all);
  auto add = [&](std::size_t more) { hash = (hash ^ (hash >> 32) ^ more) * kFactor; };
  for (auto list : wanted.lists) add(static_cast<std::size_t>(list));
  for (const auto& word : wanted.words) add(std::hash<std::string>()(word));
  return hash ^ (hash >> 32);
}

SearchLoaders::SearchLoaders(db::Pool& pool)
    : words_(pool, &load_words),
      films_(pool, [](db::Tx& tx, const auto& all, auto& found) { load_films(tx, all, found, 0); }),
      films_with_cards_(pool, [](db::Tx& tx, const auto& all, auto& found) {
        load_films(tx, all, found, kWithCards);
      }) {}

std::shared_ptr<const ListedFilms> SearchReader::films(ListsWanted wanted, bool with_cards) {
  wanted.words = std::exchange(asked_, {});
  auto& loader = with_cards ? loaders_.films_with_cards_ : loaders_.films_;
  auto films = loader.load(deadline_, wanted);
  if (films) came_.insert(came_.end(), films->words.begin(), films->words.end());
  return films;
}

std::vector<SearchWord> SearchReader::words_that_came() {
  for (const auto& word : words(std::exchange(asked_, {}))) {
    if (word) came_.push_back(*word);
  }
  return std::exchange(came_, {});
}

}  // namespace marquee::movie
