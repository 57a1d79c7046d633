// Searches that come together and are read for by the same statements.
#include <algorithm>

#include "libs/testing/postgres.h"
#include "services/movie/search_query.h"
#include "services/movie/search_store.h"
#include "tests/catch.h"
#include "tests/integration/movie/jobs.h"
#include "tests/integration/movie/many_films.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

struct Search {
  SearchFilter filter;
  std::int64_t limit = 20, offset = 0;
  SearchStore::Read read = SearchStore::Read::kFilms;
};

constexpr const char* kTitles[] = {"the",  "love",     "zebra",        "love zebra",
                                   "zebr", "zebar",    "the zebra",    "loev",
                                   "lo",   "riv",      "the of",       "night nothing",
                                   "c4ca", "c4ca4238", "the c4ca4238", "war peace and love",
                                   "%"};

// Titles, limits and what is read with them, each with each, and some with filters.
std::vector<Search> many_searches() {
  std::vector<Search> all;
  for (const char* title : kTitles) {
    SearchFilter filter{title, "", "", {}, {}, {}, {}};
    for (std::int64_t limit : {1, 7, 20}) {
      all.push_back({filter, limit, 0, SearchStore::Read::kFilms});
      all.push_back({filter, limit, 0, SearchStore::Read::kIds});
      all.push_back({filter, limit, 3, SearchStore::Read::kFilms});
      all.push_back({filter, limit, 150, SearchStore::Read::kIds});  // read by itself
    }
    filter.genre = "rare";
    all.push_back({filter, 5, 0, SearchStore::Read::kFilms});
  }
  return all;
}

// All that a page is.
std::string text_of(const FilmList& page) {
  std::string text = page.next_cursor;
  for (auto id : page.ids) text += ' ' + std::to_string(id);
  for (const auto& film : page.films) text += '\n' + film.ShortDebugString();
  return text;
}

class Catalogue {
 public:
  Catalogue() : pool_(config()) { fill(pool_, 4'000); }
  db::Pool& pool() { return pool_; }

 private:
  static db::PoolConfig config() {
    db::PoolConfig config;
    config.database_url = marquee::testing::Postgres::shared().create_database("movie");
    db::Pool migrating(config);
    db::migrate(migrating, migrations());
    return config;
  }

  db::Pool pool_;
};

std::string page(SearchStore& store, const Search& search) {
  return text_of(store.search(anonymous().deadline(), search.filter, search.limit, search.offset,
                              "", search.read));
}

std::vector<std::string> pages_together(SearchStore& store, const std::vector<Search>& searches) {
  std::vector<std::string> pages(searches.size());
  Jobs jobs;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    jobs.add([&, i] { pages[i] = page(store, searches[i]); });
  }
  jobs.run(1);
  return pages;
}

TEST_CASE("searches that come together find what each finds alone") {
  Catalogue catalogue;
  const auto searches = many_searches();
  for (bool words_in_memory : {false, true}) {
    CAPTURE(words_in_memory);
    SearchStore store(catalogue.pool());
    if (words_in_memory) store.refresh_words(anonymous().deadline());
    std::vector<std::string> alone;
    for (const auto& search : searches) alone.push_back(page(store, search));
    CHECK(pages_together(store, searches) == alone);
  }
}

// A page that wants more films than kTogetherMax is read by statements of its own.
TEST_CASE("films of lists that are read for several are those that one alone finds") {
  Catalogue catalogue;
  SearchStore store(catalogue.pool());
  store.refresh_words(anonymous().deadline());
  for (const char* title : kTitles) {
    CAPTURE(title);
    auto found = [&](std::int64_t limit, SearchStore::Read read) {
      return store.search(anonymous().deadline(), {title, "", "", {}, {}, {}, {}}, limit, 0, "",
                          read);
    };
    for (auto read : {SearchStore::Read::kIds, SearchStore::Read::kFilms}) {
      auto alone = found(kTogetherMax, read);
      for (std::int64_t limit : {kTogetherMax - 1, std::int64_t{20}, std::int64_t{3}}) {
        auto together = found(limit, read).ids;
        auto same = alone.ids;
        same.resize(std::min(same.size(), static_cast<std::size_t>(limit)));
        CHECK(together == same);
      }
    }
  }
}

TEST_CASE("searches that come together share their statements") {
  Catalogue catalogue;
  SearchStore store(catalogue.pool());
  store.refresh_words(anonymous().deadline());
  std::vector<Search> searches;
  for (int i = 0; i < 16; ++i) {
    for (const char* title : {"the", "love", "zebra", "zebar", "c4ca4238"}) {
      searches.push_back({{title, "", "", {}, {}, {}, {}}, 20 - i});
    }
  }
  auto before = catalogue.pool().stats().acquired;
  auto pages = pages_together(store, searches);
  CHECK((catalogue.pool().stats().acquired - before) * 4 < searches.size());
  CHECK(std::count(pages.begin(), pages.end(), "") == 0);
}

// A typed word that is not in memory is looked up with the films of those that it may be meant as.
TEST_CASE("words that others added are found at once, whoever comes together") {
  Suite suite;
  auto old = suite.add_movie("Quixotry");
  SearchStore store(suite.movie.pool());
  store.refresh_words(anonymous().deadline());
  auto found = [&](const char* title) {
    return store.search(anonymous().deadline(), {title, "", "", {}, {}, {}, {}}, 20, 0, "").ids;
  };
  using Ids = std::vector<std::int64_t>;
  CHECK(found("quixotri") == Ids{old});
  auto added = suite.add_movie("Quixotri Sand");  // by another process, as far as this store knows
  Ids meant, sand, both, same;
  Jobs jobs;
  jobs.add([&] { meant = found("quixotrx"); });
  jobs.add([&] { sand = found("sand"); });
  jobs.add([&] { both = found("quixotri sand"); });
  jobs.add([&] { same = found("Quixotry"); });
  jobs.run(1);
  CHECK(meant == Ids{old});
  CHECK(sand == Ids{added});
  CHECK(both == Ids{added});
  CHECK(same == Ids{old});
  CHECK(found("quixotri") == Ids{added});
}

TEST_CASE("a search that is given up leaves those that came with it alone") {
  Suite suite;
  SearchStore store(suite.movie.pool());
  auto film = suite.add_movie("The Given Up");
  store.refresh_words(anonymous().deadline());
  std::string reason;
  std::vector<std::int64_t> found;
  SearchFilter filter{"given", "", "", {}, {}, {}, {}};
  Jobs jobs;
  jobs.add([&] {
    try {
      store.search(std::chrono::steady_clock::now(), filter, 20, 0, "");
    } catch (const Error& error) {
      reason = error.reason();
    }
  });
  jobs.add([&] { found = store.search(anonymous().deadline(), filter, 20, 0, "").ids; });
  jobs.run(1);
  CHECK(reason == Error::deadline().reason());
  CHECK(found == std::vector<std::int64_t>{film});
}

}  // namespace
}  // namespace marquee::movie::testing
