#include "services/movie/search_store.h"

#include "services/movie/cursor.h"
#include "services/movie/search_browse.h"
#include "services/movie/search_query.h"
#include "services/movie/search_titles.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kMoveFilms{"search_move_films",
                                   "SELECT search_move_films($1::bigint, 2000, 100)"};

void start(SearchQuery& query) {
  if (query.by_candidates()) {
    search_candidates(query, kCandidates);
    if (query.found.empty() && !query.typed.empty()) search_candidates(query, kCandidatesMeant);
  } else if (query.typed.empty()) {
    browse(query);
  } else {
    search_titles(query);
  }
}

void go_on(SearchQuery& query, const std::vector<std::int64_t>& key) {
  auto stage = query.go_on_after(key);
  if (query.by_candidates()) {
    search_candidates(query, stage == kCandidatesMeant ? kCandidatesMeant : kCandidates);
  } else if (query.typed.empty()) {
    browse(query);
  } else {
    search_titles_from(query, stage);
  }
}

}  // namespace

FilmList SearchStore::search(const Deadline& deadline, const SearchFilter& filter,
                             std::int64_t limit, std::int64_t offset, const std::string& cursor,
                             Read read) {
  std::vector<std::int64_t> key;
  if (!cursor.empty()) key = decode_cursor(kSearchCursor, cursor, 4);
  auto passed_over = key.empty() ? offset : 0;
  auto look = [&](SearchReader& reader) {
    SearchQuery query(reader, words_, names_, filter, limit, passed_over);
    if (read == Read::kFilms && passed_over == 0) query.shown = kWithCards;
    if (key.empty()) {
      start(query);
    } else {
      go_on(query, key);
    }
    return query.page();
  };
  SearchReader reader(pool_, loaders_, deadline, SearchReader::Words::kLater);
  auto page = look(reader);
  auto came = reader.words_that_came();
  if (came.empty()) return page;
  words_.remember(came);
  SearchReader anew(pool_, loaders_, deadline, SearchReader::Words::kAtOnce);
  return look(anew);
}

std::int64_t SearchStore::move_films(const Deadline& deadline, std::int64_t first) {
  return pool_.write(
      deadline, [&](db::Tx& tx) { return tx.exec(kMoveFilms, first)[0][0].as<std::int64_t>(); });
}

bool SearchStore::refresh_words(const Deadline& deadline) {
  return pool_.read(deadline, [&](db::Tx& tx) {
    const bool words = words_.refresh(tx);
    const bool names = names_.refresh(tx);
    return words || names;
  });
}

}  // namespace marquee::movie
