#include "tests/integration/importer/import_suite.h"

#include <fstream>

#include "libs/db/migrations.h"
#include "libs/testing/nats.h"
#include "libs/testing/paths.h"
#include "libs/testing/postgres.h"

namespace marquee::movie::importer {
namespace {

db::PoolConfig database() {
  db::PoolConfig config;
  config.database_url = testing::Postgres::shared().create_database("movie");
  return config;
}

Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(30);
}

}  // namespace

FakeDirectory::FakeDirectory() : server_(rpc::ServerConfig(), nullptr) {
  auto& service = server_.service("marquee.auth.v1.Directory");
  service.on("EnsureAccounts",
             [this](const rpc::Call&, const auth::v1::EnsureAccountsRequest& request) {
               return ensure(request);
             });
  service.on("GetUsers", [](const rpc::Call&, const auth::v1::GetUsersRequest&) {
    return auth::v1::GetUsersReply();
  });
  service.on("GetMailAddresses", [](const rpc::Call&, const auth::v1::GetUsersRequest&) {
    return auth::v1::GetMailAddressesReply();
  });
  server_.start();
}

auth::v1::EnsureAccountsReply FakeDirectory::ensure(
    const auth::v1::EnsureAccountsRequest& request) {
  std::lock_guard lock(mutex_);
  ++calls_;
  auth::v1::EnsureAccountsReply reply;
  for (const auto& account : request.accounts()) {
    auto [it, is_new] =
        ids_.emplace(account.external_id(), 1000 + static_cast<std::int64_t>(ids_.size()));
    accounts_.insert_or_assign(account.external_id(), account);
    reply.add_ids(it->second);
    reply.set_created(reply.created() + (is_new ? 1 : 0));
  }
  return reply;
}

std::string FakeDirectory::target() const {
  return "127.0.0.1:" + std::to_string(server_.port());
}

std::size_t FakeDirectory::accounts() const {
  std::lock_guard lock(mutex_);
  return ids_.size();
}

std::int64_t FakeDirectory::id_of(const std::string& external_id) const {
  std::lock_guard lock(mutex_);
  return ids_.at(external_id);
}

auth::v1::EnsureAccountsRequest::Account FakeDirectory::account(
    const std::string& external_id) const {
  std::lock_guard lock(mutex_);
  return accounts_.at(external_id);
}

int FakeDirectory::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

ImportSuite::ImportSuite()
    : pool(database()),
      bus(testing::Nats::shared().url(), "importer-test"),
      auth_(directory.target()) {
  db::migrate(pool, migrations());
}

RunResult ImportSuite::run(const ImportOrder& order, RunSettings settings) {
  if (settings.rejects_path.empty()) settings.rejects_path = rejects_path();
  out_.str("");
  Importer importer(pool, bus, auth_, out_, false);
  return importer.run(order, std::move(settings));
}

std::string ImportSuite::data(const std::string& name) {
  return testing::source_dir() + "/tests/integration/importer/data/" + name;
}

std::string ImportSuite::rows(const std::string& sql) {
  return pool.read(soon(), [&](db::Tx& tx) {
    std::string text;
    for (const auto& row : tx.run(sql)) {
      if (!text.empty()) text += '\n';
      for (int i = 0; i < static_cast<int>(row.size()); ++i) {
        if (i > 0) text += '|';
        text += row[i].is_null() ? "" : row[i].c_str();
      }
    }
    return text;
  });
}

std::string ImportSuite::value(const std::string& sql) {
  return rows(sql);
}

std::string ImportSuite::fingerprint() {
  std::string all;
  for (const char* table : {"movies", "movie_stats", "genres", "movie_genres", "people",
                            "movie_people", "ratings", "movie_tags", "reviews"}) {
    all += value(std::string("SELECT count(*) || ' ' || coalesce(md5(string_agg(t.xmin::text || "
                             "t.ctid::text, ',' ORDER BY t.ctid)), '') FROM ") +
                 table + " t") +
           "\n";
  }
  return all;
}

std::string ImportSuite::wrong_stats() {
  return rows(R"sql(
    SELECT m.id, s.rating_count, s.rating_sum, s.histogram
      FROM movies m LEFT JOIN movie_stats s ON s.movie_id = m.id
      LEFT JOIN (SELECT movie_id, count(*) AS n, sum(half_stars) AS total FROM ratings GROUP BY 1) r
        ON r.movie_id = m.id
     WHERE s.movie_id IS NULL OR s.rating_count <> coalesce(r.n, 0)
        OR s.rating_sum <> coalesce(r.total, 0)
        OR s.rating IS DISTINCT FROM mean_rating(s.rating_count, s.rating_sum, s.external_rating)
        OR s.histogram <> (SELECT array_agg((SELECT count(*) FROM ratings x
                                              WHERE x.movie_id = m.id AND x.half_stars = bar)
                                            ORDER BY bar)
                             FROM generate_series(1, 10) bar)
        OR abs(s.weighted - (s.rating_sum + 3 * coalesce(s.external_rating, 0) + 32.5)
               / (s.rating_count + CASE WHEN s.external_rating IS NULL THEN 0 ELSE 3 END + 5))
           > 1e-9
        OR m.id IN (SELECT movie_id FROM movie_cards c FULL JOIN movie_cards_now n USING (movie_id)
                     WHERE c.fields IS DISTINCT FROM n.fields))sql");
}

std::string ImportSuite::rejects() const {
  std::ostringstream text;
  std::ifstream file(rejects_path(), std::ios::binary);
  if (file) text << file.rdbuf();
  return text.str();
}

}  // namespace marquee::movie::importer
