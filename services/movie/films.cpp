#include "services/movie/films.h"

#include <unordered_map>

#include "libs/cache/cache_metrics.h"

namespace marquee::movie {
namespace {

// A parsed message takes a few times its wire size.
std::size_t memory_of(const google::protobuf::Message& message) {
  return message.ByteSizeLong() * 3 + 256;
}

std::string film_tag(std::int64_t id) {
  return "movie:" + std::to_string(id);
}

}  // namespace

Films::Films(CatalogStore& store, std::size_t cache_bytes, std::chrono::milliseconds ttl)
    : store_(store),
      ttl_(ttl),
      movies_(cache_bytes / 2),
      details_(cache_bytes / 4),
      lists_(cache_bytes / 8),
      genres_(cache_bytes / 8) {}

std::vector<std::shared_ptr<const v1::Movie>> Films::movies(const rpc::Call& call,
                                                            const std::vector<std::int64_t>& ids) {
  std::vector<std::shared_ptr<const v1::Movie>> found;
  found.reserve(ids.size());
  std::unordered_multimap<std::int64_t, std::size_t> missing;
  std::vector<std::int64_t> wanted;
  for (auto id : ids) {
    found.push_back(known(call, movies_, std::to_string(id)));
    if (found.back()) continue;
    if (missing.find(id) == missing.end()) wanted.push_back(id);
    missing.emplace(id, found.size() - 1);
  }
  if (wanted.empty()) return found;
  auto fill = movies_.begin_fill();
  auto loaded = store_.movies(call.deadline(), wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!loaded[i]) continue;
    auto [first, last] = missing.equal_range(wanted[i]);
    for (auto it = first; it != last; ++it) found[it->second] = loaded[i];
    if (!keeps(movies_)) continue;
    movies_.store(std::to_string(wanted[i]), {film_tag(wanted[i])}, loaded[i],
                  memory_of(*loaded[i]), ttl_, fill);
  }
  return found;
}

std::shared_ptr<const v1::Movie> Films::movie(const rpc::Call& call, std::int64_t id) {
  auto found = movies(call, {id});
  if (!found.front()) throw movie_not_found();
  return found.front();
}

std::shared_ptr<const v1::MovieDetail> Films::detail(const rpc::Call& call, std::int64_t id) {
  std::string key = std::to_string(id);
  if (auto found = known(call, details_, key)) return found;
  auto fill = details_.begin_fill();
  auto detail = store_.detail(call.deadline(), id);
  if (!detail) throw movie_not_found();
  details_.store(key, {film_tag(id)}, detail, memory_of(*detail), ttl_, fill);
  return detail;
}

std::shared_ptr<const v1::ListGenresReply> Films::genres(const rpc::Call& call) {
  static const std::string kKey = "genres";
  if (auto found = known(call, genres_, kKey)) return found;
  auto fill = genres_.begin_fill();
  auto genres = std::make_shared<const v1::ListGenresReply>(store_.genres(call.deadline()));
  genres_.store(kKey, {"movies"}, genres, memory_of(*genres), ttl_, fill);
  return genres;
}

void Films::read(ops::Scrape& scrape) const {
  cache::read_metrics(scrape, "films", movies_.stats());
  cache::read_metrics(scrape, "film_details", details_.stats());
  cache::read_metrics(scrape, "film_lists", lists_.stats());
  cache::read_metrics(scrape, "genres", genres_.stats());
}

std::vector<ChangeFeed::Drop> Films::drops() {
  return {drop_from(movies_), drop_from(details_), drop_from(lists_), drop_from(genres_)};
}

}  // namespace marquee::movie
