#include "services/movie/film_draft.h"

#include "services/movie/stars.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kTitleCharactersMax = 500;
constexpr std::size_t kOverviewCharactersMax = 10'000;
constexpr std::size_t kNameCharactersMax = 200;
constexpr std::size_t kGenresMax = 20;
constexpr std::size_t kDirectorsMax = 50;
constexpr int kActorsMax = 500;
constexpr int kRuntimeMinutesMax = 6'000;

template <typename Request>
FilmDraft common_parts(const Request& request, Violations& bad) {
  FilmDraft draft;
  if (request.has_title()) {
    draft.title = trimmed(request.title());
    if (draft.title->empty()) bad.add("title", "This field may not be blank.");
    check_text(bad, "title", *draft.title, kTitleCharactersMax);
  }
  if (request.has_overview()) {
    draft.overview = trimmed(request.overview());
    check_text(bad, "description", *draft.overview, kOverviewCharactersMax);
  }
  if (request.has_genre()) {
    draft.genres = check_names(bad, "genre", request.genre(), kGenresMax);
  }
  if (request.has_director()) {
    draft.directors = check_names(bad, "director", request.director(), kDirectorsMax);
  }
  if (request.has_poster_url()) {
    draft.poster_url = trimmed(request.poster_url());
    check_url(bad, "poster_url", *draft.poster_url);
  }
  if (request.has_trailer_url()) {
    draft.trailer_url = trimmed(request.trailer_url());
    check_url(bad, "trailer_url", *draft.trailer_url);
  }
  if (request.has_release_date()) {
    draft.release_date = trimmed(request.release_date());
    check_date(bad, "release_date", *draft.release_date);
  }
  if (request.has_runtime()) {
    draft.runtime = request.runtime();
    if (request.runtime() < 0 || request.runtime() > kRuntimeMinutesMax) {
      bad.add("runtime", "Runtime must be between 0 and 6000 minutes");
    }
  }
  if (request.has_adult()) draft.adult = request.adult();
  if (request.has_rating()) draft.external_rating = check_external_rating(request.rating());
  return draft;
}

std::vector<FilmDraft::Actor> actors_of(const v1::CreateMovieRequest& request, Violations& bad) {
  std::vector<FilmDraft::Actor> actors;
  if (request.actors_size() > kActorsMax) {
    bad.add("actors", "Ensure this field has no more than 500 elements.");
    return actors;
  }
  for (int i = 0; i < request.actors_size(); ++i) {
    const auto& sent = request.actors(i);
    std::string field = "actors[" + std::to_string(i) + "].";
    FilmDraft::Actor actor{trimmed(sent.name()), trimmed(sent.character())};
    if (actor.name.empty()) bad.add(field + "name", "This field may not be blank.");
    check_text(bad, field + "name", actor.name, kNameCharactersMax);
    check_text(bad, field + "character", actor.character, kNameCharactersMax);
    actors.push_back(std::move(actor));
  }
  return actors;
}

}  // namespace

FilmDraft draft_of(const v1::CreateMovieRequest& request) {
  if (trimmed(request.title()).empty()) missing_field("title");
  Violations bad;
  FilmDraft draft = common_parts(request, bad);
  if (request.actors_size() > 0) draft.actors = actors_of(request, bad);
  bad.check();
  return draft;
}

FilmDraft draft_of(const v1::UpdateMovieRequest& request) {
  Violations bad;
  FilmDraft draft = common_parts(request, bad);
  bad.check();
  return draft;
}

}  // namespace marquee::movie
