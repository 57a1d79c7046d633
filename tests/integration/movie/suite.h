// Movie services in this process on a private Postgres and NATS, with an auth service that knows
// the users a test tells it. Handlers are called directly, as a user.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/db/migrations.h"
#include "libs/events/wire.h"
#include "libs/ops/live_registry.h"
#include "libs/rpc/service_app.h"
#include "libs/testing/process.h"
#include "marquee/movie/v1/catalog.pb.h"
#include "marquee/movie/v1/opinions.pb.h"
#include "services/movie/catalog_handlers.h"
#include "services/movie/comments_handlers.h"
#include "services/movie/movie_service.h"
#include "services/movie/ratings_handlers.h"
#include "services/movie/reviews_handlers.h"
#include "services/movie/status_handlers.h"
#include "services/movie/watchlists_handlers.h"
#include "tests/integration/support/support.h"

namespace marquee::movie::testing {

using marquee::testing::anonymous;
using marquee::testing::as;
using marquee::testing::as_admin;
using marquee::testing::error_of;
using marquee::testing::eventually;
using marquee::testing::FakeAuth;
using marquee::testing::tell_deleted;

// One process' worth of movie service.
class Replica {
 public:
  Replica(const std::string& database_url, const std::string& auth_target, Config config = {});

  MovieService& operator*() { return *service_; }
  MovieService* operator->() { return service_.get(); }
  db::Pool& pool() { return pool_; }
  bus::Bus& bus() { return bus_; }

 private:
  db::Pool pool_;
  bus::Bus bus_;
  ops::LiveRegistry registry_;
  rpc::Server server_;
  rpc::Parts parts_;
  std::unique_ptr<MovieService> service_;
};

// A database of its own, users 1 ann, 2 bob, 3 cyd (private) and 9 root (admin), one replica.
struct Suite {
  Suite();
  std::int64_t add_movie(const std::string& title, std::optional<double> rating = {},
                         const std::string& genre = "", const std::string& date = "",
                         const std::string& director = "");
  void rate(std::int64_t user, std::int64_t movie, double stars);

  FakeAuth auth;
  std::string database_url;
  Replica movie;
};

// Brings the database's schema up to date; returns `url`.
std::string migrated(const std::string& url);
// What the service has told of `types` by events, in their order; waits for `count` of them.
std::vector<events::StoredEvent> told_by(Suite& suite, const std::string& types, std::size_t count);
// Whether what movie_stats knows of the film's ratings is what they are.
bool figures_agree(Suite& suite, std::int64_t movie);
// Ratings and reviews.
int opinions_about(Suite& suite, std::int64_t movie);

}  // namespace marquee::movie::testing
