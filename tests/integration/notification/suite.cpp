#include "tests/integration/notification/suite.h"

#include "libs/bus/jetstream.h"
#include "libs/core/ids.h"
#include "libs/db/migrations.h"
#include "libs/events/types.h"
#include "libs/live/subjects.h"
#include "libs/testing/event_id.h"
#include "libs/testing/nats.h"
#include "libs/testing/postgres.h"
#include "marquee/api/live.pb.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/events/v1/movies.pb.h"
#include "marquee/movie/v1/audience.pb.h"
#include "tests/catch.h"

namespace marquee::notification::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::seconds kSettling{30};

Deadline soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

db::PoolConfig pool_config(const std::string& url) {
  db::PoolConfig config;
  config.database_url = url;
  return config;
}

// A stream for each database, so that tests hear nothing of each other.
events::Config events_config(const std::string& database_url) {
  auto begin = database_url.find("dbname=") + 7;
  events::Config config;
  config.stream = config.prefix = database_url.substr(begin, database_url.find(' ', begin) - begin);
  config.sweep = 200ms;
  config.again_first = 50ms;
  return config;
}

}  // namespace

Neighbours::Neighbours() : server_(std::make_unique<rpc::Server>(rpc::ServerConfig{}, nullptr)) {
  auto& directory = server_->service("marquee.auth.v1.Directory");
  directory.on("GetUsers", [this](const rpc::Call&, const auth::v1::GetUsersRequest& request) {
    auth::v1::GetUsersReply reply;
    std::lock_guard lock(mutex_);
    for (auto id : request.ids()) {
      auto known = users_.find(id);
      if (known == users_.end()) continue;
      auto& user = *reply.add_users();
      user.set_id(id);
      user.set_username(known->second.username);
    }
    return reply;
  });
  directory.on("GetMailAddresses",
               [this](const rpc::Call&, const auth::v1::GetUsersRequest& request) {
                 auth::v1::GetMailAddressesReply reply;
                 std::lock_guard lock(mutex_);
                 for (auto id : request.ids()) {
                   auto known = users_.find(id);
                   if (known == users_.end() || known->second.email.empty()) continue;
                   auto& entry = *reply.add_entries();
                   entry.set_user_id(id);
                   entry.set_email(known->second.email);
                 }
                 return reply;
               });
  directory.on("EnsureAccounts", [](const rpc::Call&, const auth::v1::EnsureAccountsRequest&) {
    return auth::v1::EnsureAccountsReply();
  });
  auto& audience = server_->service("marquee.movie.v1.Audience");
  audience.on("ListAudiences",
              [this](const rpc::Call&, const movie::v1::ListAudiencesRequest& request) {
                movie::v1::ListAudiencesReply reply;
                std::lock_guard lock(mutex_);
                pages_ += request.pages_size();
                if (failures_ > 0) {
                  --failures_;
                  throw Error::unavailable("away", "The movie service is away");
                }
                for (const auto& page : request.pages()) {
                  answer(page, request.limit(), *reply.add_audiences());
                }
                return reply;
              });
  server_->start();
}

void Neighbours::answer(const movie::v1::ListAudiencesRequest::Page& page, int limit,
                        movie::v1::AudiencePage& answer) const {
  auto film = films_.find(page.movie_id());
  answer.set_movie_gone(film == films_.end());
  if (answer.movie_gone()) return;
  answer.set_movie_title(film->second.title);
  const auto& all = film->second.audience;
  auto next = all.upper_bound(page.after_user_id());
  for (; next != all.end() && answer.user_ids_size() < limit; ++next) answer.add_user_ids(*next);
  answer.set_last(next == all.end());
}

void Neighbours::add_user(std::int64_t id, const std::string& username, const std::string& email) {
  std::lock_guard lock(mutex_);
  users_[id] = {username, email};
}

void Neighbours::remove_user(std::int64_t id) {
  std::lock_guard lock(mutex_);
  users_.erase(id);
}

void Neighbours::add_film(std::int64_t id, const std::string& title,
                          std::set<std::int64_t> audience) {
  std::lock_guard lock(mutex_);
  films_[id] = {title, std::move(audience)};
}

void Neighbours::remove_film(std::int64_t id) {
  std::lock_guard lock(mutex_);
  films_.erase(id);
}

void Neighbours::fail(int answers) {
  std::lock_guard lock(mutex_);
  failures_ = answers;
}

int Neighbours::audience_pages() const {
  std::lock_guard lock(mutex_);
  return pages_;
}

Config quick_config() {
  Config config;
  config.user_ttl = 0ms;
  config.mail_delay = 0ms;
  config.mail_digest = 0ms;
  config.mail_interval = 100ms;
  config.mail_retry_first = 50ms;
  config.mail_retry_max = 400ms;
  static const marquee::testing::TemporaryFolder folder;
  config.mail_folder = folder.path();
  return config;
}

std::string migrated(const std::string& url) {
  db::PoolConfig config = pool_config(url);
  config.size = 1;
  db::Pool pool(config);
  db::migrate(pool, migrations());
  return url;
}

Replica::Replica(const std::string& database_url, const std::string& neighbours, Config config,
                 Jobs::AtStep at_step)
    : pool_(pool_config(database_url)),
      bus_(marquee::testing::Nats::shared().url(), "notification-test"),
      server_(rpc::ServerConfig{}, nullptr),
      parts_{pool_, bus_, server_, registry_} {
  eventually([this] { return bus_.connected(); });
  config.auth_target = config.movie_target = neighbours;
  parts_.events = events_config(database_url);
  service_ = std::make_unique<NotificationService>(config, parts_, std::move(at_step));
  bus_.flush(5'000);
}

Ears::Ears(std::int64_t user) : bus_(marquee::testing::Nats::shared().url(), "ears") {
  eventually([this] { return bus_.connected(); });
  subscription_ = bus_.subscribe(live::kept_subject("user:" + std::to_string(user)),
                                 [this](std::string_view payload) { hear(payload); });
  bus_.flush(5'000);
}

void Ears::hear(std::string_view payload) {
  api::LiveMessage message;
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return;
  std::lock_guard lock(mutex_);
  if (message.type() == v1::NewNotification::descriptor()->full_name()) {
    news_.emplace_back().ParseFromString(message.payload());
  } else if (message.type() == v1::NotificationsChanged::descriptor()->full_name()) {
    changes_.emplace_back().ParseFromString(message.payload());
  }
}

std::vector<v1::NewNotification> Ears::news() const {
  std::lock_guard lock(mutex_);
  return news_;
}

std::vector<v1::NotificationsChanged> Ears::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

Suite::Suite(Config config)
    : database_url(migrated(marquee::testing::Postgres::shared().create_database("notification"))),
      replica(std::make_unique<Replica>(database_url, neighbours.target(), std::move(config))) {
  neighbours.add_user(1, "ann", "ann@example.org");
  neighbours.add_user(2, "bob", "bob@example.org");
  neighbours.add_user(3, "cyd");
  neighbours.add_user(4, "dan", "dan@example.org");
  neighbours.add_film(17, "Heat", {1, 2, 3});
}

std::string Suite::tell(const std::string& type, std::int64_t subject, const std::string& payload,
                        const std::string& id) {
  bus::Bus bus(marquee::testing::Nats::shared().url(), "teller");
  const auto config = events_config(database_url);
  events::StoredEvent event;
  event.id = id.empty() ? marquee::testing::new_event_id() : id;
  event.type = type;
  event.subject = subject;
  event.payload = payload;
  event.occurred_at_us = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  // JetStream itself would drop what is told twice under one name.
  const bus::StoredMessage message{config.prefix + "." + event.type, random_uuid(), encode(event)};
  const bool told = eventually(
      [&] { return bus.connected() && bus::JetStream(bus).publish({message}, kPatience); });
  if (!told) throw std::runtime_error("JetStream does not take events");
  return event.id;
}

std::string Suite::review(std::int64_t user, std::int64_t movie, std::int64_t review,
                          const std::string& id) {
  events::v1::ReviewCreated event;
  event.set_movie_id(movie);
  event.set_user_id(user);
  return tell(events::kReviewCreated.name, review, event.SerializeAsString(), id);
}

std::string Suite::edit(std::int64_t user, std::int64_t movie) {
  events::v1::MovieChanged event;
  event.set_change(events::v1::MovieChanged::CHANGE_EDITED);
  event.set_user_id(user);
  return tell(events::kMovieChanged.name, movie, event.SerializeAsString());
}

std::string Suite::delete_user(std::int64_t user) {
  return tell(events::kUserDeleted.name, user, "");
}

v1::ListNotificationsReply Suite::inbox_of(std::int64_t user, int limit, const std::string& cursor,
                                           bool unread) {
  v1::ListNotificationsRequest request;
  request.set_limit(limit);
  request.set_cursor(cursor);
  request.set_unread(unread);
  return (*replica)->inbox().list(as(user), request);
}

std::vector<std::string> Suite::messages(std::int64_t user, std::size_t count) {
  v1::ListNotificationsReply list;
  eventually([&] {
    list = inbox_of(user);
    return static_cast<std::size_t>(list.notifications_size()) >= count;
  });
  std::vector<std::string> messages;
  for (const auto& notification : list.notifications()) messages.push_back(notification.message());
  return messages;
}

std::int64_t Suite::unread(std::int64_t user) {
  return (*replica)->inbox().count_unread(as(user), {}).count();
}

v1::Settings Suite::change(std::int64_t user, const v1::Settings& change) {
  v1::UpdateSettingsRequest request;
  *request.mutable_settings() = change;
  return (*replica)->settings().update(as(user), request).settings();
}

bool Suite::settled() {
  // Told last, heard last.
  const auto reviewed = review(0, 999'999, 0);
  const auto edited = edit(0, 999'999);
  const auto deleted = delete_user(999'999);
  return eventually(
      [&] {
        return count("SELECT count(*) FROM consumed_events WHERE event_id IN ('" + reviewed +
                     "', '" + edited + "', '" + deleted + "')") == 3 &&
               count("SELECT count(*) FROM jobs") == 0 && unread_counts_hold();
      },
      kSettling);
}

bool Suite::unread_counts_hold() {
  return count(R"sql(
    SELECT count(*) FROM unread_counts c FULL JOIN (
      SELECT user_id, count(*) AS n FROM notifications WHERE read_at IS NULL GROUP BY user_id) r
      USING (user_id) WHERE coalesce(c.unread, 0) <> coalesce(r.n, 0))sql") == 0;
}

std::int64_t Suite::count(const std::string& sql) {
  return replica->pool().read(soon(),
                              [&](db::Tx& tx) { return tx.run(sql)[0][0].as<std::int64_t>(); });
}

void Suite::run(const std::string& sql) {
  replica->pool().write(soon(), [&](db::Tx& tx) { tx.run(sql); });
}

rpc::Call as(std::int64_t user) {
  rpc::Caller caller;
  caller.user_id = user;
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

}  // namespace marquee::notification::testing
