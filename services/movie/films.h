// Films as clients see them, read through a cache in memory: by id in batches, and lists of ids
// (popular, search) that the handlers make. Entries carry the tags of ChangeFeed and go when one is
// published; a call that must read fresh goes past the cache and renews it. Owned by MovieService;
// any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/cache/tagged_cache.h"
#include "libs/rpc/call.h"
#include "services/movie/cache_tags.h"
#include "services/movie/catalog_store.h"

namespace marquee::ops {
class Scrape;
}

namespace marquee::movie {

struct FilmList {
  std::vector<std::int64_t> ids;
  std::string next_cursor;
  std::vector<v1::Movie> films;  // of all ids, where they were read with them; else empty
};

class Films {
 public:
  // `cache_bytes` for everything together.
  Films(CatalogStore& store, std::size_t cache_bytes, std::chrono::milliseconds ttl);

  // Calls visit(movie) for each id that has a film, in the order of `ids`.
  template <typename Visit>
  void visit(const rpc::Call& call, const std::vector<std::int64_t>& ids, Visit visit_movie) {
    for (const auto& movie : movies(call, ids)) {
      if (movie) visit_movie(*movie);
    }
  }
  // Throws NOT_FOUND.
  std::shared_ptr<const v1::Movie> movie(const rpc::Call& call, std::int64_t id);
  // Without what is the caller's own. Throws NOT_FOUND.
  std::shared_ptr<const v1::MovieDetail> detail(const rpc::Call& call, std::int64_t id);
  std::shared_ptr<const v1::ListGenresReply> genres(const rpc::Call& call);

  struct ListResult {
    std::shared_ptr<const FilmList> list;
    std::vector<v1::Movie> films;  // as in FilmList, whose are never kept
    bool from_cache = false;
  };
  // Calls take(movie) for each film of a list; a film that nobody else has may be moved from.
  template <typename Take>
  void take(const rpc::Call& call, ListResult& found, Take take_movie) {
    for (auto& movie : found.films) take_movie(std::move(movie));
    if (!found.films.empty()) return;
    visit(call, found.list->ids, take_movie);
  }
  // The list kept under `key`, or what `load` makes of it.
  template <typename Load>
  ListResult list(const rpc::Call& call, const std::string& key, const std::string& tag,
                  Load load) {
    if (auto found = known(call, lists_, key)) return {found, {}, true};
    auto fill = lists_.begin_fill();
    FilmList loaded = load();
    auto films = std::exchange(loaded.films, {});
    auto made = std::make_shared<const FilmList>(std::move(loaded));
    if (keeps(lists_)) {
      lists_.store(key, {tag}, made, made->ids.size() * sizeof(std::int64_t) + kListBytes, ttl_,
                   fill);
    }
    return {made, std::move(films), false};
  }

  // Whether films may come out of memory.
  bool remembers(const rpc::Call& call) const { return !call.fresh() && keeps(movies_); }

  // For metrics.
  void read(ops::Scrape& scrape) const;
  // For ChangeFeed.
  std::vector<ChangeFeed::Drop> drops();

 private:
  static constexpr std::size_t kListBytes = 256;

  // What the cache holds, unless the call must not be answered from it.
  template <typename Value>
  std::shared_ptr<const Value> known(const rpc::Call& call, cache::TaggedCache<Value>& cache,
                                     const std::string& key) const {
    return call.fresh() || !keeps(cache) ? nullptr : cache.find(key);
  }
  // Whether storing is worth anything.
  template <typename Value>
  bool keeps(const cache::TaggedCache<Value>& cache) const {
    return ttl_.count() > 0 && cache.keeps();
  }

  // One for each id; null where there is no film.
  std::vector<std::shared_ptr<const v1::Movie>> movies(const rpc::Call& call,
                                                       const std::vector<std::int64_t>& ids);

  CatalogStore& store_;
  const std::chrono::milliseconds ttl_;
  cache::TaggedCache<v1::Movie> movies_;
  cache::TaggedCache<v1::MovieDetail> details_;
  cache::TaggedCache<FilmList> lists_;
  cache::TaggedCache<v1::ListGenresReply> genres_;
};

// The card of a film: a part of what Movie holds. Card is MovieCard or RatedMovie.
template <typename Card>
void fill_card(const v1::Movie& movie, Card& card) {
  card.set_id(movie.id());
  card.set_title(movie.title());
  if (movie.has_poster_url()) card.set_poster_url(movie.poster_url());
  if (movie.has_overview()) card.set_overview(movie.overview());
  if (movie.has_release_date()) card.set_release_date(movie.release_date());
  if (movie.has_runtime()) card.set_runtime(movie.runtime());
  card.set_adult(movie.adult());
}

}  // namespace marquee::movie
