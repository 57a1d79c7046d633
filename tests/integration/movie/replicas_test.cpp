#include <algorithm>
#include <functional>
#include <mutex>

#include "services/movie/search_upkeep.h"
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

TEST_CASE("pages of search show films as another replica changed them") {
  Suite suite;
  Replica second(suite.database_url, suite.auth.target());
  auto id = suite.add_movie("Heat", 5);
  v1::SearchMoviesRequest request;
  request.set_title("heat");
  auto page = [&](const rpc::Call& call) { return second->catalog().search_movies(call, request); };
  auto fresh = [&] { return page(rpc::Call({}, anonymous().deadline(), "test", true)); };
  auto becomes = [&](const std::function<bool(const v1::MoviesEnvelope&)>& holds) {
    return eventually([&] { return holds(page(anonymous())); });
  };
  v1::SearchCardsRequest cards_request;
  cards_request.set_title("heat");
  auto cards = [&] { return second->catalog().search_cards(as(1), cards_request); };
  // The second one holds the list and the film.
  REQUIRE(becomes([](const auto& found) {
    return found.message() == "Results retrieved from cache" && found.data(0).rating() == 5;
  }));
  CHECK(cards().movies_size() == 1);

  suite.rate(1, id, 4);
  CHECK(fresh().data(0).rating() == 8);
  CHECK(becomes([](const auto& found) { return found.data(0).rating_count() == 1; }));

  v1::UpdateMovieRequest edit;
  edit.set_id(id);
  edit.set_title("Heat Wave");
  suite.movie->catalog().update_movie(as(1), edit);
  CHECK(fresh().data(0).title() == "Heat Wave");
  CHECK(becomes([](const auto& found) { return found.data(0).title() == "Heat Wave"; }));
  CHECK(eventually([&] { return cards().movies(0).title() == "Heat Wave"; }));

  v1::DeleteMovieRequest removal;
  removal.set_id(id);
  suite.movie->catalog().delete_movie(as(1), removal);
  CHECK(fresh().data_size() == 0);
  CHECK(becomes([](const auto& found) { return found.data_size() == 0; }));
  CHECK(eventually([&] { return cards().movies_size() == 0; }));
}

TEST_CASE("what was searched before a replica knew new words is dropped when it does") {
  Suite suite;
  std::mutex mutex;
  Tags dropped;
  auto note = [&](const Tags& tags) {
    std::lock_guard lock(mutex);
    dropped.insert(dropped.end(), tags.begin(), tags.end());
  };
  auto is_dropped = [&] {
    std::lock_guard lock(mutex);
    return std::find(dropped.begin(), dropped.end(), "search") != dropped.end();
  };
  suite.add_movie("Heat");
  SearchStore store(suite.movie.pool());
  CHECK_FALSE(store.refresh_words(anonymous().deadline()));  // all of them, for the first time
  ChangeFeed changes(suite.movie.bus(), {note});
  SearchUpkeep upkeep(store, changes, std::chrono::milliseconds(5));
  // By nobody who would tell.
  suite.movie.pool().write(anonymous().deadline(), [](db::Tx& tx) {
    tx.run("INSERT INTO movies (title) VALUES ('Lanternfish')");
  });
  CHECK(eventually(is_dropped));
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
  ops::LiveRegistry registry;
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
