#include <future>

#include "tests/catch.h"
#include "tests/integration/movie/suite.h"

namespace marquee::movie::testing {
namespace {

// What movie_cards holds, and what it must.
constexpr db::Statement kWrongCards{"test_wrong_cards", R"sql(
  SELECT count(*) FROM movie_cards c FULL JOIN movie_cards_now n USING (movie_id)
   WHERE c.fields IS DISTINCT FROM n.fields)sql"};

int wrong_cards(Suite& suite) {
  return suite.movie.pool().read(anonymous().deadline(),
                                 [&](db::Tx& tx) { return tx.exec(kWrongCards)[0][0].as<int>(); });
}

void run(Suite& suite, const std::string& sql) {
  suite.movie.pool().write(anonymous().deadline(), [&](db::Tx& tx) { tx.run(sql); });
}

v1::Movie read(Suite& suite, std::int64_t id) {
  v1::GetMovieRequest request;
  request.set_id(id);
  rpc::Call fresh({}, anonymous().deadline(), "test", true);
  return *suite.movie->catalog().get_movie(fresh, request);
}

void update(Suite& suite, std::int64_t id,
            const std::function<void(v1::UpdateMovieRequest&)>& set) {
  v1::UpdateMovieRequest request;
  request.set_id(id);
  set(request);
  suite.movie->catalog().update_movie(as_admin(), request);
}

TEST_CASE("a film reads as it was written, whatever its texts hold") {
  Suite suite;
  auto id = suite.add_movie("1,2:\x1f\"Amélie\" 映画", 7.5, "Drama, Romance", "2001-04-25",
                            "Jean-Pierre Jeunet, Second: 3,,4");
  auto movie = read(suite, id);
  CHECK(movie.title() == "1,2:\x1f\"Amélie\" 映画");
  CHECK(movie.genre() == "Drama, Romance");
  CHECK(movie.director() == "Jean-Pierre Jeunet, Second: 3, 4");
  CHECK(movie.release_date() == "2001-04-25");
  CHECK(movie.release_year() == 2001);
  CHECK(movie.rating() == 7.5);
  CHECK_FALSE(movie.adult());
  CHECK_FALSE(movie.has_overview());
  CHECK_FALSE(movie.has_tmdb_id());
  run(suite, "UPDATE movies SET adult = true, tmdb_id = 12345678901, imdb_id = 'tt7', runtime = 0");
  movie = read(suite, id);
  CHECK(movie.adult());
  CHECK(movie.tmdb_id() == 12345678901);
  CHECK(movie.imdb_id() == "tt7");
  CHECK(movie.runtime() == 0);
  CHECK(movie.has_runtime());
}

TEST_CASE("cards follow every writer") {
  Suite suite;
  auto id = suite.add_movie("Heat", 8, "Crime", "1995-12-15", "Michael Mann");
  suite.add_movie("Alien", {}, "Horror, Crime", "1979-05-25", "Ridley Scott");
  suite.add_movie("Nothing else");
  CHECK(wrong_cards(suite) == 0);
  update(suite, id, [](auto& r) { r.set_title("Heat (1995)"); });
  CHECK(read(suite, id).title() == "Heat (1995)");
  update(suite, id, [](auto& r) { r.set_genre("Thriller, Crime"); });
  CHECK(read(suite, id).genre() == "Thriller, Crime");
  update(suite, id, [](auto& r) { r.set_director("Ridley Scott, Michael Mann"); });
  CHECK(read(suite, id).director() == "Ridley Scott, Michael Mann");
  update(suite, id, [](auto& r) { r.set_genre(""); });
  CHECK(read(suite, id).genre().empty());
  CHECK(wrong_cards(suite) == 0);
  run(suite, "UPDATE people SET name = 'Sir Ridley Scott' WHERE name = 'Ridley Scott'");
  CHECK(read(suite, id).director() == "Sir Ridley Scott, Michael Mann");
  run(suite, "UPDATE genres SET name = 'Terror' WHERE name = 'Horror'");
  run(suite, "UPDATE movie_people SET billing_order = 5 WHERE billing_order = 0");
  CHECK(wrong_cards(suite) == 0);
  run(suite, "UPDATE movie_genres SET movie_id = " + std::to_string(id) +
                 " WHERE genre_id = (SELECT id FROM genres WHERE name = 'Crime')");
  CHECK(read(suite, id).genre() == "Crime");
  run(suite, "DELETE FROM people WHERE name = 'Michael Mann'");
  run(suite, "DELETE FROM genres WHERE name = 'Crime'");
  CHECK(read(suite, id).director() == "Sir Ridley Scott");
  CHECK(wrong_cards(suite) == 0);
  run(suite, "DELETE FROM movies WHERE id = " + std::to_string(id));
  CHECK(wrong_cards(suite) == 0);
}

TEST_CASE("cards are right whoever writes parts of a film at the same time") {
  Suite suite;
  auto id = suite.add_movie("Heat", 8, "Crime", "1995-12-15", "Michael Mann");
  // In different parts, so that only the card is where they meet.
  auto writer = [&](std::function<std::string(int)> sql) {
    return std::async(std::launch::async, [&suite, sql] {
      for (int i = 0; i < 40; ++i) run(suite, sql(i));
    });
  };
  auto text = std::to_string(id);
  std::vector<std::future<void>> writers;
  writers.push_back(writer([&](int i) {
    return "INSERT INTO genres (name) VALUES ('G" + std::to_string(i) +
           "'); INSERT INTO movie_genres SELECT " + text + ", max(id) FROM genres";
  }));
  writers.push_back(writer([&](int i) {
    return "INSERT INTO movie_people (movie_id, person_id, role, billing_order) SELECT " + text +
           ", min(id), 'director', " + std::to_string(i + 1) + " FROM people";
  }));
  writers.push_back(
      writer([](int i) { return "UPDATE people SET name = 'Name " + std::to_string(i) + "'"; }));
  writers.push_back(writer([&](int i) {
    return "UPDATE movies SET overview = '" + std::to_string(i) + "' WHERE id = " + text;
  }));
  for (auto& one : writers) one.get();
  CHECK(wrong_cards(suite) == 0);
  CHECK(read(suite, id).overview() == "39");
}

}  // namespace
}  // namespace marquee::movie::testing
