#include "services/movie/catalog_handlers.h"

#include <cmath>

#include "services/movie/cursor.h"
#include "services/movie/film_draft.h"
#include "services/movie/stars.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::int64_t kListMax = 1'000;
constexpr std::int64_t kPopularDefault = 10;
constexpr std::int64_t kPopularCards = 30;
constexpr std::int64_t kSearchDefault = 20;
constexpr std::int64_t kPageMax = 100;
constexpr char kListCursor[] = "movies";

// Texts in a cache key are preceded by their length, so that no two requests share one.
void add_to_key(std::string& key, const std::string& text) {
  key += '|' + std::to_string(text.size()) + ':' + text;
}

template <typename T>
void add_to_key(std::string& key, const std::optional<T>& value) {
  key += '|';
  if (value) key += std::to_string(*value);
}

std::optional<double> rating_bound(bool given, double value, const std::string& field) {
  if (!given) return std::nullopt;
  if (!(value >= 0 && value <= 10)) {
    throw Error::invalid("invalid_" + field, "Invalid " + field + " format")
        .field(field, "Must be a number from 0 to 10.");
  }
  return value;
}

SearchFilter filter_of(const v1::SearchMoviesRequest& request) {
  SearchFilter filter;
  filter.title = trimmed(request.title());
  filter.genre = trimmed(request.genre());
  filter.director = trimmed(request.director());
  Violations bad;
  check_text(bad, "title", filter.title, kSearchCharactersMax);
  check_text(bad, "genre", filter.genre, kSearchCharactersMax);
  check_text(bad, "director", filter.director, kSearchCharactersMax);
  bad.check();
  filter.min_rating = rating_bound(request.has_min_rating(), request.min_rating(), "min_rating");
  filter.max_rating = rating_bound(request.has_max_rating(), request.max_rating(), "max_rating");
  if (request.has_min_year()) filter.min_year = request.min_year();
  if (request.has_max_year()) filter.max_year = request.max_year();
  if (request.has_year()) {
    filter.min_year = std::max(filter.min_year.value_or(request.year()), request.year());
    filter.max_year = std::min(filter.max_year.value_or(request.year()), request.year());
  }
  return filter;
}

v1::MovieMessage message(const char* text) {
  v1::MovieMessage reply;
  reply.set_message(text);
  return reply;
}

}  // namespace

void CatalogHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.MovieCatalog");
  service.on("ListMovies", &CatalogHandlers::list_movies, *this);
  service.on("GetMovie", &CatalogHandlers::get_movie, *this);
  service.on("GetMovieDetail", &CatalogHandlers::get_detail, *this);
  service.on("ListPopular", &CatalogHandlers::list_popular, *this);
  service.on("ListPopularCards", &CatalogHandlers::list_popular_cards, *this);
  service.on("SearchMovies", &CatalogHandlers::search_movies, *this);
  service.on("SearchCards", &CatalogHandlers::search_cards, *this);
  service.on("ListGenres", &CatalogHandlers::list_genres, *this);
  service.on("CreateMovie", &CatalogHandlers::create_movie, *this);
  service.on("UpdateMovie", &CatalogHandlers::update_movie, *this);
  service.on("DeleteMovie", &CatalogHandlers::delete_movie, *this);
  service.on("ClearCache", &CatalogHandlers::clear_cache, *this);
}

v1::ListMoviesReply CatalogHandlers::list_movies(const rpc::Call& call,
                                                 const v1::ListMoviesRequest& request) {
  bool has_cursor = !request.cursor().empty();
  Page page = check_page(request.limit(), request.page(), has_cursor, kListMax, kListMax);
  std::int64_t after = has_cursor ? decode_cursor(kListCursor, request.cursor(), 1)[0] : 0;
  std::string key = "list|" + std::to_string(after) + '|' + std::to_string(page.offset) + '|' +
                    std::to_string(page.limit);
  auto found = films_.list(call, key, "movies", [&] {
    FilmList list{store_.list(call.deadline(), after, page.offset, page.limit + 1), {}, {}};
    if (static_cast<std::int64_t>(list.ids.size()) > page.limit) {
      list.ids.pop_back();
      list.next_cursor = encode_cursor(kListCursor, {list.ids.back()});
    }
    return list;
  });
  v1::ListMoviesReply reply;
  films_.visit(call, found.list->ids, [&](const v1::Movie& movie) { *reply.add_movies() = movie; });
  reply.set_next_cursor(found.list->next_cursor);
  return reply;
}

std::shared_ptr<const v1::Movie> CatalogHandlers::get_movie(const rpc::Call& call,
                                                            const v1::GetMovieRequest& request) {
  return films_.movie(call, request.id());
}

v1::MovieDetail CatalogHandlers::get_detail(const rpc::Call& call,
                                            const v1::GetMovieRequest& request) {
  v1::MovieDetail detail = *films_.detail(call, request.id());
  if (call.caller().signed_in()) {
    auto own = ratings_.own_view(call.deadline(), call.user(), request.id());
    detail.set_rated(stars_of(own.half_stars));
    detail.set_on_watchlist(own.on_watchlist);
  }
  return detail;
}

Films::ListResult CatalogHandlers::popular(const rpc::Call& call, std::int64_t limit) {
  return films_.list(call, "popular|" + std::to_string(limit), "popular", [&] {
    return FilmList{store_.popular(call.deadline(), limit), {}, {}};
  });
}

v1::MoviesEnvelope CatalogHandlers::list_popular(const rpc::Call& call,
                                                 const v1::ListPopularRequest& request) {
  Page page = check_page(request.limit(), 0, false, kPopularDefault, kPageMax);
  auto found = popular(call, page.limit);
  v1::MoviesEnvelope reply;
  reply.set_message(found.from_cache ? "Results retrieved from cache"
                                     : "Results retrieved from database");
  films_.visit(call, found.list->ids, [&](const v1::Movie& movie) { *reply.add_data() = movie; });
  return reply;
}

v1::CardsReply CatalogHandlers::list_popular_cards(const rpc::Call& call,
                                                   const google::protobuf::Empty&) {
  v1::CardsReply reply;
  films_.visit(call, popular(call, kPopularCards).list->ids,
               [&](const v1::Movie& movie) { fill_card(movie, *reply.add_movies()); });
  return reply;
}

Films::ListResult CatalogHandlers::search(const rpc::Call& call, const SearchFilter& filter,
                                          std::int64_t limit, std::int64_t offset,
                                          const std::string& cursor) {
  std::string key = "search|" + std::to_string(limit) + '|' + std::to_string(offset);
  add_to_key(key, filter.title);
  add_to_key(key, filter.genre);
  add_to_key(key, filter.director);
  add_to_key(key, filter.min_rating);
  add_to_key(key, filter.max_rating);
  add_to_key(key, filter.min_year);
  add_to_key(key, filter.max_year);
  add_to_key(key, cursor);
  return films_.list(call, key, "search", [&] {
    auto read = films_.remembers(call) ? SearchStore::Read::kIds : SearchStore::Read::kFilms;
    return search_.search(call.deadline(), filter, limit, offset, cursor, read);
  });
}

v1::MoviesEnvelope CatalogHandlers::search_movies(const rpc::Call& call,
                                                  const v1::SearchMoviesRequest& request) {
  Page page = check_page(request.limit(), request.page(), !request.cursor().empty(), kSearchDefault,
                         kPageMax);
  auto found = search(call, filter_of(request), page.limit, page.offset, request.cursor());
  v1::MoviesEnvelope reply;
  reply.set_message(found.from_cache ? "Results retrieved from cache"
                                     : "Results retrieved from database");
  films_.take(call, found,
              [&](auto&& movie) { *reply.add_data() = std::forward<decltype(movie)>(movie); });
  reply.set_next_cursor(found.list->next_cursor);
  return reply;
}

v1::CardsReply CatalogHandlers::search_cards(const rpc::Call& call,
                                             const v1::SearchCardsRequest& request) {
  SearchFilter filter;
  filter.title = trimmed(request.title());
  if (filter.title.empty()) {
    throw Error::invalid("no_search_query", "No search query provided.");
  }
  Violations bad;
  check_text(bad, "title", filter.title, kSearchCharactersMax);
  bad.check();
  Page page = check_page(request.limit(), 0, false, kPageMax, kPageMax);
  v1::CardsReply reply;
  auto found = search(call, filter, page.limit, 0, "");
  films_.take(call, found, [&](const v1::Movie& movie) { fill_card(movie, *reply.add_movies()); });
  return reply;
}

std::shared_ptr<const v1::ListGenresReply> CatalogHandlers::list_genres(
    const rpc::Call& call, const google::protobuf::Empty&) {
  return films_.genres(call);
}

v1::CreateMovieReply CatalogHandlers::create_movie(const rpc::Call& call,
                                                   const v1::CreateMovieRequest& request) {
  auto user = call.user();
  v1::CreateMovieReply reply;
  reply.set_id(store_.create(call.deadline(), draft_of(request), user));
  reply.set_message("Movie created");
  search_.words_added();
  changes_.publish(film_tags(reply.id()));
  announcements_.movie_added(reply.id(), request.title(), user);
  return reply;
}

v1::MovieMessage CatalogHandlers::update_movie(const rpc::Call& call,
                                               const v1::UpdateMovieRequest& request) {
  auto user = call.user();
  const std::string title =
      store_.update(call.deadline(), request.id(), draft_of(request), user, call.caller().admin());
  if (request.has_title()) search_.words_added();
  changes_.publish(film_tags(request.id()));
  announcements_.movie_changed(request.id(), title, user);
  return message("Movie updated successfully");
}

v1::MovieMessage CatalogHandlers::delete_movie(const rpc::Call& call,
                                               const v1::DeleteMovieRequest& request) {
  auto reviews = store_.remove(call.deadline(), request.id(), call.user(), call.caller().admin());
  Tags tags = film_tags(request.id());
  add_review_tags(tags, request.id(), 0);
  for (auto review : reviews) tags.push_back("review:" + std::to_string(review));
  tags.push_back(comments_tag(request.id()));
  changes_.publish(tags);
  return message("Movie deleted successfully");
}

v1::MovieMessage CatalogHandlers::clear_cache(const rpc::Call& call,
                                              const google::protobuf::Empty&) {
  if (!call.caller().admin()) {
    throw Error::denied("admin_only", "Only administrators may do this");
  }
  changes_.publish({kEverything});
  return message("All cache cleared successfully");
}

}  // namespace marquee::movie
