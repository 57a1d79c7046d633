#include "tests/integration/movie/suite.h"

#include "libs/bus/jetstream.h"
#include "libs/testing/nats.h"
#include "libs/testing/postgres.h"

namespace marquee::movie::testing {
namespace {

db::PoolConfig pool_config(const std::string& url) {
  db::PoolConfig config;
  config.database_url = url;
  return config;
}

constexpr db::Statement kRecount{"test_recount", R"sql(
  SELECT s.rating_count = count(r.id) AND s.rating_sum = coalesce(sum(r.half_stars), 0)
         AND s.rating IS NOT DISTINCT FROM mean_rating(count(r.id), coalesce(sum(r.half_stars), 0),
                                                       s.external_rating)
         AND s.weighted = weighted_rating(count(r.id), coalesce(sum(r.half_stars), 0),
                                          s.external_rating)
         AND s.histogram = ARRAY(
           SELECT (SELECT count(*) FROM ratings b
                    WHERE b.movie_id = s.movie_id AND greatest(b.half_stars, 1) = bar)
             FROM generate_series(1, 10) AS bar ORDER BY bar)
    FROM movie_stats s LEFT JOIN ratings r ON r.movie_id = s.movie_id
   WHERE s.movie_id = $1::bigint GROUP BY s.movie_id)sql"};

constexpr db::Statement kOpinions{"test_opinions", R"sql(
  SELECT (SELECT count(*) FROM ratings WHERE movie_id = $1::bigint)
         + (SELECT count(*) FROM reviews WHERE movie_id = $1::bigint))sql"};

}  // namespace

std::string migrated(const std::string& url) {
  db::PoolConfig config;
  config.database_url = url;
  config.size = 1;
  db::Pool pool(config);
  db::migrate(pool, migrations());
  return url;
}

Replica::Replica(const std::string& database_url, const std::string& auth_target, Config config)
    : pool_(pool_config(database_url)),
      bus_(marquee::testing::Nats::shared().url(), "movie-test"),
      server_(rpc::ServerConfig{}, nullptr),
      parts_{pool_, bus_, server_, registry_} {
  eventually([this] { return bus_.connected(); });
  config.auth_target = auth_target;
  parts_.events = marquee::testing::events_config(database_url);
  service_ = std::make_unique<MovieService>(config, parts_);
  // The server must know the subscriptions before the test publishes.
  bus_.flush(5'000);
}

Suite::Suite()
    : database_url(migrated(marquee::testing::Postgres::shared().create_database("movie"))),
      movie(database_url, auth.target()) {
  auth.add(1, "ann");
  auth.add(2, "bob");
  auth.add(3, "cyd", true);
  auth.add(9, "root");
}

std::int64_t Suite::add_movie(const std::string& title, std::optional<double> rating,
                              const std::string& genre, const std::string& date,
                              const std::string& director) {
  v1::CreateMovieRequest request;
  request.set_title(title);
  if (rating) request.set_rating(*rating);
  if (!genre.empty()) request.set_genre(genre);
  if (!date.empty()) request.set_release_date(date);
  if (!director.empty()) request.set_director(director);
  return movie->catalog().create_movie(as(1), request).id();
}

void Suite::rate(std::int64_t user, std::int64_t movie_id, double stars) {
  v1::RateMovieRequest request;
  request.set_id(movie_id);
  request.set_rating(stars);
  movie->ratings().rate_movie(as(user), request);
}

std::vector<events::StoredEvent> told_by(Suite& suite, const std::string& types,
                                         std::size_t count) {
  const auto config = marquee::testing::events_config(suite.database_url);
  bus::JetStream jetstream(suite.movie.bus());
  bus::ConsumerConfig consumer;
  consumer.stream = config.stream;
  consumer.name = "test";
  consumer.subject = config.prefix + "." + types;
  std::vector<events::StoredEvent> told;
  // The stream is there when some replica has made it.
  std::optional<bus::PullConsumer> member;
  eventually([&] {
    try {
      member.emplace(jetstream.consume(consumer));
      return true;
    } catch (const Error&) {
      return false;
    }
  });
  eventually([&] {
    for (auto& delivery : member.value().fetch(1, std::chrono::seconds(1))) {
      for (auto& event : events::decode_all(delivery.payload())) told.push_back(std::move(event));
      delivery.ack();
    }
    return told.size() >= count;
  });
  return told;
}

bool figures_agree(Suite& suite, std::int64_t movie) {
  return suite.movie.pool().read(anonymous().deadline(), [&](db::Tx& tx) {
    return tx.exec(kRecount, movie)[0][0].as<bool>();
  });
}

int opinions_about(Suite& suite, std::int64_t movie) {
  return suite.movie.pool().read(anonymous().deadline(), [&](db::Tx& tx) {
    return tx.exec(kOpinions, movie)[0][0].as<int>();
  });
}

}  // namespace marquee::movie::testing
