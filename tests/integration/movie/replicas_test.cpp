#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

v1::GetMovieRequest film(std::int64_t id) {
  v1::GetMovieRequest request;
  request.set_id(id);
  return request;
}

TEST_CASE("replicas see each other's changes") {
  Suite suite;
  Replica second(suite.database_url, suite.auth.target());
  auto id = suite.add_movie("Heat", 5);

  // Both hold the film and the list.
  CHECK(second->catalog().get_movie(anonymous(), film(id))->rating() == 5);
  second->catalog().get_detail(anonymous(), film(id));
  second->catalog().list_popular(anonymous(), {});

  suite.rate(1, id, 4);
  CHECK(suite.movie->catalog().get_movie(anonymous(), film(id))->rating() == 8);
  CHECK(eventually(
      [&] { return second->catalog().get_movie(anonymous(), film(id))->rating() == 8; }));
  CHECK(eventually(
      [&] { return second->catalog().get_detail(anonymous(), film(id)).rating_count() == 1; }));
  CHECK(eventually(
      [&] { return second->catalog().list_popular(anonymous(), {}).data(0).rating_count() == 1; }));

  v1::DeleteMovieRequest removal;
  removal.set_id(id);
  second->catalog().delete_movie(as(1), removal);
  CHECK(eventually([&] {
    try {
      suite.movie->catalog().get_movie(anonymous(), film(id));
      return false;
    } catch (const Error& error) {
      return error.code() == Code::kNotFound;
    }
  }));
}

TEST_CASE("what a replica found before it knew a new title's words is not kept") {
  Suite suite;
  Replica second(suite.database_url, suite.auth.target());
  suite.add_movie("Heat");
  v1::SearchMoviesRequest part;
  part.set_title("anternfis");
  auto found = [&] { return second->catalog().search_movies(anonymous(), part).data_size(); };
  CHECK(found() == 0);
  suite.add_movie("Lanternfish");
  // Asked all the time, so that an answer of too early is in its cache.
  CHECK(eventually([&] { return found() == 1; }));
}

TEST_CASE("clearing the cache reaches every replica") {
  Suite suite;
  Replica second(suite.database_url, suite.auth.target());
  suite.add_movie("Heat");
  auto message = [&] { return second->catalog().list_popular(anonymous(), {}).message(); };
  eventually([&] { return message() == "Results retrieved from cache"; });
  suite.movie->catalog().clear_cache(as_admin(), {});
  CHECK(eventually([&] { return message() == "Results retrieved from database"; }));
}

TEST_CASE("every RPC of the service has a handler") {
  Suite suite;
  db::PoolConfig config;
  config.database_url = suite.database_url;
  db::Pool pool(config);
  prometheus::Registry registry;
  rpc::Server server(rpc::ServerConfig{}, &registry);
  rpc::Parts parts{pool, suite.movie.bus(), server, registry};
  Config movie_config;
  movie_config.auth_target = suite.auth.target();
  MovieService service(movie_config, parts);
  server.start();
  CHECK(server.port() > 0);
  server.stop(std::chrono::milliseconds(100));
}

}  // namespace
}  // namespace marquee::movie::testing
