#include "tests/integration/movie/suite.h"

#include "libs/testing/nats.h"
#include "libs/testing/postgres.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "tests/catch.h"

namespace marquee::movie::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

Deadline soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

std::string migrated(const std::string& url) {
  db::PoolConfig config;
  config.database_url = url;
  config.size = 1;
  db::Pool pool(config);
  db::migrate(pool, migrations());
  return url;
}

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

FakeAuth::FakeAuth() : server_(std::make_unique<rpc::Server>(rpc::ServerConfig{}, nullptr)) {
  auto& directory = server_->service("marquee.auth.v1.Directory");
  directory.on("GetUsers", [this](const rpc::Call&, const auth::v1::GetUsersRequest& request) {
    auth::v1::GetUsersReply reply;
    std::lock_guard lock(mutex_);
    ++calls_;
    for (auto id : request.ids()) {
      auto known = users_.find(id);
      if (known == users_.end()) continue;
      auto& user = *reply.add_users();
      user.set_id(id);
      user.set_username(known->second.username);
      user.set_is_private(known->second.is_private);
    }
    return reply;
  });
  directory.on("EnsureAccounts", [](const rpc::Call&, const auth::v1::EnsureAccountsRequest&) {
    return auth::v1::EnsureAccountsReply();
  });
  directory.on("ListDeletedUsers", [this](const rpc::Call&,
                                          const auth::v1::ListDeletedUsersRequest& request) {
    auth::v1::ListDeletedUsersReply reply;
    std::lock_guard lock(mutex_);
    for (auto i = static_cast<std::size_t>(request.after_sequence()); i < deleted_.size(); ++i) {
      auto& deleted = *reply.add_deleted();
      deleted.set_sequence(static_cast<std::int64_t>(i) + 1);
      deleted.set_user_id(deleted_[i]);
    }
    return reply;
  });
  server_->start();
}

void FakeAuth::add(std::int64_t id, const std::string& username, bool is_private) {
  std::lock_guard lock(mutex_);
  users_[id] = {username, is_private};
}

void FakeAuth::remove(std::int64_t id) {
  std::lock_guard lock(mutex_);
  users_.erase(id);
  deleted_.push_back(id);
}

int FakeAuth::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

Replica::Replica(const std::string& database_url, const std::string& auth_target, Config config)
    : pool_(pool_config(database_url)),
      bus_(marquee::testing::Nats::shared().url(), "movie-test"),
      server_(rpc::ServerConfig{}, nullptr),
      parts_{pool_, bus_, server_, registry_} {
  eventually([this] { return bus_.connected(); });
  config.auth_target = auth_target;
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

rpc::Call as(std::int64_t user) {
  rpc::Caller caller;
  caller.user_id = user;
  return rpc::Call(caller, soon(), "test");
}

rpc::Call as_admin() {
  rpc::Caller caller;
  caller.user_id = 9;
  caller.role = rpc::Caller::Role::kAdmin;
  return rpc::Call(caller, soon(), "test");
}

rpc::Call anonymous() {
  return rpc::Call(rpc::Caller{}, soon(), "test");
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error(Code::kOk, "", "");
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
