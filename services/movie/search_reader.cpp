#include "services/movie/search_reader.h"

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

ListedFilm read_film(const pqxx::row& row, bool with_card) {
  ListedFilm film{row[2].as<std::int64_t>(), db::real(row[3]), row[1].as<std::size_t>() - 1};
  if (with_card) film.card = db::text(row[4]);
  return film;
}

void load_films(db::Tx& tx, const std::vector<ListsWanted>& all, FoundFilms& found,
                bool with_cards) {
  std::vector<std::string> lists;
  std::vector<std::int64_t> each, in_all;
  for (const auto& wanted : all) {
    lists.push_back(db::array(wanted.lists));
    each.push_back(wanted.each);
    in_all.push_back(wanted.all);
  }
  auto rows = tx.exec(lists_search(with_cards ? kWithCards : 0u), db::array(lists), db::array(each),
                      db::array(in_all));
  std::vector<ListedFilms> films(all.size());
  for (const auto& row : rows) {
    films[row[0].as<std::size_t>() - 1].films.push_back(read_film(row, with_cards));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (films[i].films.empty()) continue;
    films[i].rows = rows;
    found.add(all[i], std::move(films[i]));
  }
}

}  // namespace

std::size_t ListsWanted::Hash::operator()(const ListsWanted& wanted) const {
  constexpr std::size_t kFactor = 0x9E3779B97F4A7C15;
  std::size_t hash =
      static_cast<std::size_t>(wanted.each) * kFactor + static_cast<std::size_t>(wanted.all);
  for (auto list : wanted.lists)
    hash = (hash ^ (hash >> 32) ^ static_cast<std::size_t>(list)) * kFactor;
  return hash ^ (hash >> 32);
}

SearchLoaders::SearchLoaders(db::Pool& pool)
    : words_(pool, &load_words),
      films_(pool,
             [](db::Tx& tx, const auto& all, auto& found) { load_films(tx, all, found, false); }),
      films_with_cards_(pool, [](db::Tx& tx, const auto& all, auto& found) {
        load_films(tx, all, found, true);
      }) {}

}  // namespace marquee::movie
