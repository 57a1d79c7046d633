#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::GetMovieRequest by_id(std::int64_t id) {
  v1::GetMovieRequest request;
  request.set_id(id);
  return request;
}

v1::CreateMovieRequest heat() {
  v1::CreateMovieRequest request;
  request.set_title("Heat");
  request.set_overview("A thief and a detective.");
  request.set_rating(8.3);
  request.set_genre("Action, Crime, Drama");
  request.set_poster_url("https://example.org/heat.jpg");
  request.set_release_date("1995-12-15");
  request.set_director("Michael Mann");
  request.set_runtime(170);
  for (const char* name : {"Al Pacino", "Robert De Niro"}) request.add_actors()->set_name(name);
  request.mutable_actors(1)->set_character("Neil McCauley");
  return request;
}

TEST_CASE("a film that was added reads back in both shapes") {
  Suite suite;
  auto created = suite.movie->catalog().create_movie(as(1), heat());
  CHECK(created.message() == "Movie created");

  auto movie = *suite.movie->catalog().get_movie(anonymous(), by_id(created.id()));
  CHECK(movie.title() == "Heat");
  CHECK(movie.rating() == 8.3);
  CHECK(movie.average_rating() == 8.3);
  CHECK(movie.rating_count() == 0);
  CHECK(movie.genre() == "Action, Crime, Drama");
  CHECK(movie.director() == "Michael Mann");
  CHECK(movie.release_date() == "1995-12-15");
  CHECK(movie.release_year() == 1995);
  CHECK(movie.created_by() == 1);
  CHECK_FALSE(movie.has_trailer_url());

  auto detail = suite.movie->catalog().get_detail(anonymous(), by_id(created.id()));
  CHECK_FALSE(detail.has_average_rating());
  CHECK(detail.rated() == 0);
  CHECK_FALSE(detail.on_watchlist());
  CHECK(detail.genres_size() == 3);
  REQUIRE(detail.actors_size() == 2);
  CHECK(detail.actors(0).name() == "Al Pacino");
  CHECK_FALSE(detail.actors(0).has_character());
  CHECK(detail.actors(1).character() == "Neil McCauley");
  CHECK(detail.directors(0).name() == "Michael Mann");
  CHECK(detail.histogram_size() == 10);
}

TEST_CASE("ratings take the place of the rating given with the film") {
  Suite suite;
  auto id = suite.add_movie("Heat", 8.3);
  suite.rate(1, id, 5);
  suite.rate(2, id, 3.5);
  auto movie = *suite.movie->catalog().get_movie(anonymous(), by_id(id));
  CHECK(movie.rating() == 8.5);
  CHECK(movie.rating_count() == 2);
  auto detail = suite.movie->catalog().get_detail(as(2), by_id(id));
  CHECK(detail.average_rating() == 4.3);
  CHECK(detail.rated() == 3.5);
  CHECK(detail.histogram(9) == 1);
  CHECK(detail.histogram(6) == 1);

  // And give it back when the last one is withdrawn.
  suite.movie->ratings().unrate_movie(as(1), by_id(id));
  suite.movie->ratings().unrate_movie(as(2), by_id(id));
  CHECK(suite.movie->catalog().get_movie(anonymous(), by_id(id))->rating() == 8.3);
  CHECK_FALSE(suite.movie->catalog().get_detail(as(2), by_id(id)).has_average_rating());
}

TEST_CASE("an unknown film is not found") {
  Suite suite;
  auto missing = error_of([&] { suite.movie->catalog().get_movie(anonymous(), by_id(77)); });
  CHECK(missing.code() == Code::kNotFound);
  CHECK(missing.message() == "Movie not found");
  CHECK(error_of([&] { suite.movie->catalog().get_detail(anonymous(), by_id(-1)); }).message() ==
        "Movie not found");
}

TEST_CASE("only its creator and admins change a film") {
  Suite suite;
  auto id = suite.movie->catalog().create_movie(as(1), heat()).id();
  v1::UpdateMovieRequest change;
  change.set_id(id);
  change.set_title("Heat!");
  change.set_genre("Thriller");
  change.set_director("");
  change.set_release_date("");
  CHECK(error_of([&] { suite.movie->catalog().update_movie(as(2), change); }).code() ==
        Code::kPermissionDenied);
  CHECK(error_of([&] { suite.movie->catalog().update_movie(anonymous(), change); }).code() ==
        Code::kUnauthenticated);
  CHECK(suite.movie->catalog().update_movie(as(1), change).message() ==
        "Movie updated successfully");
  auto movie = *suite.movie->catalog().get_movie(anonymous(), by_id(id));
  CHECK(movie.title() == "Heat!");
  CHECK(movie.genre() == "Thriller");
  CHECK_FALSE(movie.has_director());
  CHECK_FALSE(movie.has_release_date());
  CHECK(movie.overview() == "A thief and a detective.");
  CHECK(movie.runtime() == 170);

  v1::UpdateMovieRequest by_admin;
  by_admin.set_id(id);
  by_admin.set_rating(4);
  suite.movie->catalog().update_movie(as_admin(), by_admin);
  CHECK(suite.movie->catalog().get_movie(anonymous(), by_id(id))->rating() == 4);

  by_admin.set_id(77);
  CHECK(error_of([&] { suite.movie->catalog().update_movie(as_admin(), by_admin); }).message() ==
        "Movie not found");
}

TEST_CASE("a deleted film is gone with what belonged to it") {
  Suite suite;
  auto id = suite.add_movie("Heat");
  suite.rate(2, id, 4);
  suite.movie->watchlists().add(as(2), by_id(id));
  v1::DeleteMovieRequest request;
  request.set_id(id);
  CHECK(error_of([&] { suite.movie->catalog().delete_movie(as(2), request); }).code() ==
        Code::kPermissionDenied);
  CHECK(suite.movie->catalog().delete_movie(as(1), request).message() ==
        "Movie deleted successfully");
  CHECK(error_of([&] { suite.movie->catalog().get_movie(anonymous(), by_id(id)); }).code() ==
        Code::kNotFound);
  CHECK(error_of([&] { suite.movie->catalog().delete_movie(as(1), request); }).code() ==
        Code::kNotFound);
  CHECK(suite.movie->ratings().list_own(as(2), {}).movies().empty());
  CHECK(suite.movie->watchlists().list_watchlist(as(2), {}).movies().empty());
}

TEST_CASE("films are listed by id, all or in parts") {
  Suite suite;
  for (int i = 0; i < 5; ++i) suite.add_movie("Film " + std::to_string(i));
  CHECK(suite.movie->catalog().list_movies(anonymous(), {}).movies_size() == 5);
  CHECK(suite.movie->catalog().list_movies(anonymous(), {}).next_cursor().empty());

  v1::ListMoviesRequest request;
  request.set_limit(2);
  std::vector<std::string> titles;
  int pages = 0;
  while (true) {
    auto reply = suite.movie->catalog().list_movies(anonymous(), request);
    for (const auto& movie : reply.movies()) titles.push_back(movie.title());
    ++pages;
    if (reply.next_cursor().empty()) break;
    request.set_cursor(reply.next_cursor());
  }
  CHECK(pages == 3);
  CHECK(titles == std::vector<std::string>{"Film 0", "Film 1", "Film 2", "Film 3", "Film 4"});

  v1::ListMoviesRequest page;
  page.set_limit(2);
  page.set_page(3);
  auto last = suite.movie->catalog().list_movies(anonymous(), page);
  REQUIRE(last.movies_size() == 1);
  CHECK(last.movies(0).title() == "Film 4");
  page.set_page(100'000);
  CHECK(error_of([&] { suite.movie->catalog().list_movies(anonymous(), page); }).code() ==
        Code::kInvalidArgument);
  page.set_page(0);
  page.set_cursor("nonsense");
  CHECK(error_of([&] { suite.movie->catalog().list_movies(anonymous(), page); }).code() ==
        Code::kInvalidArgument);
}

TEST_CASE("popular films come by weighted rating, from the cache until one is rated") {
  Suite suite;
  auto one_vote = suite.add_movie("One vote of ten");
  auto loved = suite.add_movie("Loved by many");
  auto disliked = suite.add_movie("Disliked");
  suite.rate(1, one_vote, 5);
  for (int user = 1; user <= 20; ++user) suite.rate(user, loved, 4.5);
  for (int user = 1; user <= 20; ++user) suite.rate(user, disliked, 1);

  auto popular = suite.movie->catalog().list_popular(anonymous(), {});
  CHECK(popular.message() == "Results retrieved from database");
  REQUIRE(popular.data_size() == 3);
  CHECK(popular.data(0).id() == loved);
  CHECK(popular.data(1).id() == one_vote);
  CHECK(popular.data(2).id() == disliked);
  // The bus brings our own invalidations back, a moment after they were made.
  CHECK(eventually([&] {
    return suite.movie->catalog().list_popular(anonymous(), {}).message() ==
           "Results retrieved from cache";
  }));
  CHECK(suite.movie->catalog().list_popular_cards(as(1), {}).movies(0).id() == loved);

  suite.rate(21, one_vote, 5);
  CHECK(suite.movie->catalog().list_popular(anonymous(), {}).message() ==
        "Results retrieved from database");
}

TEST_CASE("genres are counted and share their spelling") {
  Suite suite;
  suite.add_movie("A", {}, "Drama, Comedy");
  suite.add_movie("B", {}, "drama");
  auto genres = *suite.movie->catalog().list_genres(anonymous(), {});
  REQUIRE(genres.genres_size() == 2);
  CHECK(genres.genres(0).name() == "Comedy");
  CHECK(genres.genres(1).name() == "Drama");
  CHECK(genres.genres(1).movie_count() == 2);
}

TEST_CASE("only admins clear the cache") {
  Suite suite;
  suite.movie->catalog().list_popular(anonymous(), {});
  CHECK(error_of([&] { suite.movie->catalog().clear_cache(as(1), {}); }).code() ==
        Code::kPermissionDenied);
  CHECK(suite.movie->catalog().clear_cache(as_admin(), {}).message() ==
        "All cache cleared successfully");
  CHECK(suite.movie->catalog().list_popular(anonymous(), {}).message() ==
        "Results retrieved from database");
}

TEST_CASE("the status tells whether the database answers") {
  Suite suite;
  auto status = suite.movie->status().get_status(anonymous(), {});
  CHECK(status.status() == "OK");
  CHECK(status.database() == "Connected");
  CHECK_FALSE(status.failed());
}

}  // namespace
}  // namespace marquee::movie::testing
