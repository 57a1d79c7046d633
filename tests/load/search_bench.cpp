// What one page of film search costs, by kind of search: CPU of the Postgres backend and of this
// process, which does what movie-service does to find the page and to read its films. Reads only;
// the database comes from `generate_films`. Each kind runs many different searches, several times;
// the round that the rest of the machine disturbed least counts.
//
//   search_bench --database-url URL --rounds 20
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>

#include "libs/db/pool.h"
#include "libs/events/outbox.h"
#include "services/movie/catalog_store.h"
#include "services/movie/search_store.h"

namespace {

using namespace marquee;
using movie::SearchFilter;

constexpr int kTurnsOfRound = 4;
constexpr double kNever = 1e12;

constexpr db::Statement kBackend{"bench_backend", "SELECT pg_backend_pid()"};

struct Kind {
  const char* name;
  std::vector<SearchFilter> searches;
  bool second_page = false;
};

SearchFilter title(const char* text) {
  SearchFilter filter;
  filter.title = text;
  return filter;
}

std::vector<SearchFilter> titles(const std::vector<const char*>& texts) {
  std::vector<SearchFilter> all;
  for (const char* text : texts) all.push_back(title(text));
  return all;
}

std::vector<SearchFilter> by_genre() {
  std::vector<SearchFilter> all;
  for (const char* genre : {"drama", "Comedy", "western", "film-noir"}) {
    all.emplace_back().genre = genre;
  }
  return all;
}

std::vector<SearchFilter> by_year_and_rating() {
  std::vector<SearchFilter> all;
  for (int year : {1950, 1985, 1999, 2015}) {
    auto& filter = all.emplace_back();
    filter.min_year = year;
    filter.max_year = year + 4;
    filter.min_rating = 7;
  }
  return all;
}

std::vector<SearchFilter> by_director() {
  std::vector<SearchFilter> all;
  for (const char* name : {"banish", "duell", "gisten", "hamond"}) {
    all.emplace_back().director = name;
  }
  return all;
}

std::vector<SearchFilter> by_title_and_genre() {
  auto all = titles({"love", "night", "king", "shadow"});
  for (auto& filter : all) filter.genre = "drama";
  return all;
}

std::vector<Kind> kinds() {
  return {
      {"narrow word",
       titles({"mondpa", "quiranbur", "haishflaba", "pastenell", "tiluvel", "kridro"})},
      {"broad word", titles({"the", "of", "love", "night", "house"})},
      {"two words", titles({"the night", "dark house", "love story", "of the", "night man"})},
      {"three words", titles({"the night of", "and the house", "love of the", "the dark love"})},
      {"part of a word", titles({"ight", "sten", "atri", "monst", "ouse"})},
      {"first letters", titles({"n", "th", "lo", "sha", "nigh"})},
      {"typo", titles({"mondpaa", "quiranbr", "haishflbaa", "shawshenk", "mtrix"})},
      {"typo, common word", titles({"the matrx", "the nihgt", "house of draems", "the godfahter"})},
      {"genre", by_genre()},
      {"years, rating", by_year_and_rating()},
      {"director", by_director()},
      {"word, genre", by_title_and_genre()},
      {"second page", titles({"the", "love", "night", "house", "the night"}), true},
      {"everything", {SearchFilter{}}},
  };
}

double cpu_us(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/schedstat");
  double nanoseconds = 0;
  file >> nanoseconds;
  return nanoseconds / 1e3;
}

double own_cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

int run(const std::string& url, int rounds, bool in_memory) {
  db::PoolConfig config;
  config.database_url = url;
  config.size = 1;
  db::Pool pool(config);
  movie::SearchStore store(pool);
  events::Outbox outbox;  // of reads, which tell nothing
  movie::CatalogStore films_store(pool, outbox);
  auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::seconds(30); };
  if (in_memory) store.refresh_words(soon());
  auto backend =
      pool.read(soon(), [](db::Tx& tx) { return tx.exec(kBackend)[0][0].as<std::string>(); });
  std::printf("%-18s %9s %12s %12s %12s\n", "search", "films", "postgres us", "service us",
              "total us");
  for (const auto& kind : kinds()) {
    std::vector<std::string> cursors;
    for (const auto& search : kind.searches) {
      std::string cursor;
      if (kind.second_page) cursor = store.search(soon(), search, 20, 0, "").next_cursor;
      cursors.push_back(cursor);
      // Plans are made in the first runs only.
      for (int i = 0; i < 8; ++i) {
        films_store.movies(soon(), store.search(soon(), search, 20, 0, cursor).ids);
      }
    }
    std::size_t films = 0;
    double own = kNever, postgres = kNever;
    for (int round = 0; round < rounds; ++round) {
      double before = cpu_us(backend), own_before = own_cpu_us();
      for (int turn = 0; turn < kTurnsOfRound; ++turn) {
        for (std::size_t i = 0; i < kind.searches.size(); ++i) {
          auto page = store.search(soon(), kind.searches[i], 20, 0, cursors[i]);
          if (page.films.empty()) films_store.movies(soon(), page.ids);
          films += page.ids.size();
        }
      }
      auto runs = static_cast<double>(kTurnsOfRound * kind.searches.size());
      own = std::min(own, (own_cpu_us() - own_before) / runs);
      postgres = std::min(postgres, (cpu_us(backend) - before) / runs);
    }
    auto runs =
        static_cast<double>(kTurnsOfRound * rounds) * static_cast<double>(kind.searches.size());
    std::printf("%-18s %9.1f %12.1f %12.1f %12.1f\n", kind.name, static_cast<double>(films) / runs,
                postgres, own, postgres + own);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string url;
  int rounds = 20;
  bool in_memory = true;
  CLI::App app("CPU of one page of film search, by kind");
  app.add_option("--database-url", url, "PostgreSQL connection string of the movie service's role")
      ->required();
  app.add_option("--rounds", rounds, "how often each search runs");
  app.add_flag("!--no-words-in-memory", in_memory,
               "as right after a film was added, or with too many words");
  CLI11_PARSE(app, argc, argv);
  return run(url, rounds, in_memory);
}
