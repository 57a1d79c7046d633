// Notification services in this process on a private Postgres and NATS, with an auth and a movie
// service that know what a test tells them. Handlers are called directly, as a user.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "libs/events/wire.h"
#include "libs/ops/live_registry.h"
#include "libs/rpc/service_app.h"
#include "libs/testing/process.h"
#include "marquee/movie/v1/audience.pb.h"
#include "marquee/notification/v1/inbox.pb.h"
#include "marquee/notification/v1/settings.pb.h"
#include "services/notification/inbox_handlers.h"
#include "services/notification/mailer.h"
#include "services/notification/notification_service.h"
#include "services/notification/settings_handlers.h"

namespace marquee::notification::testing {

using marquee::testing::eventually;

// What of auth and movie is asked. Any thread.
class Neighbours {
 public:
  Neighbours();
  std::string target() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  void add_user(std::int64_t id, const std::string& username, const std::string& email = {});
  void remove_user(std::int64_t id);
  void add_film(std::int64_t id, const std::string& title, std::set<std::int64_t> audience);
  void remove_film(std::int64_t id);
  // From now on so many answers of the movie service fail.
  void fail(int answers);
  int audience_pages() const;

 private:
  struct User {
    std::string username;
    std::string email;
  };
  struct Film {
    std::string title;
    std::set<std::int64_t> audience;
  };
  // With the lock.
  void answer(const movie::v1::ListAudiencesRequest::Page& page, int limit,
              movie::v1::AudiencePage& answer) const;

  mutable std::mutex mutex_;
  std::map<std::int64_t, User> users_;
  std::map<std::int64_t, Film> films_;
  int failures_ = 0;
  int pages_ = 0;
  std::unique_ptr<rpc::Server> server_;
};

// Short waits, mails at once, into a folder that nobody looks into.
Config quick_config();

// One process' worth of notification service.
class Replica {
 public:
  Replica(const std::string& database_url, const std::string& neighbours,
          Config config = quick_config(), Jobs::AtStep at_step = {});

  NotificationService* operator->() { return service_.get(); }
  db::Pool& pool() { return pool_; }

 private:
  db::Pool pool_;
  bus::Bus bus_;
  ops::LiveRegistry registry_;
  rpc::Server server_;
  rpc::Parts parts_;
  std::unique_ptr<NotificationService> service_;
};

// What a user's sockets are told. Any thread.
class Ears {
 public:
  explicit Ears(std::int64_t user);
  std::vector<v1::NewNotification> news() const;
  std::vector<v1::NotificationsChanged> changes() const;

 private:
  void hear(std::string_view payload);

  bus::Bus bus_;
  mutable std::mutex mutex_;
  std::vector<v1::NewNotification> news_;
  std::vector<v1::NotificationsChanged> changes_;
  bus::Subscription subscription_;
};

std::string migrated(const std::string& url);

// A database of its own; users 1 ann, 2 bob, 3 cyd, 4 dan; film 17 "Heat", which 1, 2 and 3 care
// about.
struct Suite {
  explicit Suite(Config config = quick_config());

  // As the services do it that own these events. The id of the event, which may be told again.
  std::string review(std::int64_t user, std::int64_t movie, std::int64_t review,
                     const std::string& id = {});
  std::string edit(std::int64_t user, std::int64_t movie);
  std::string delete_user(std::int64_t user);
  std::string tell(const std::string& type, std::int64_t subject, const std::string& payload,
                   const std::string& id = {});

  v1::ListNotificationsReply inbox_of(std::int64_t user, int limit = 0,
                                      const std::string& cursor = {}, bool unread = false);
  // The messages of the inbox, what changed last first; waits for so many.
  std::vector<std::string> messages(std::int64_t user, std::size_t count);
  std::int64_t unread(std::int64_t user);
  v1::Settings change(std::int64_t user, const v1::Settings& change);
  // Waits until all events are handled and all jobs done.
  bool settled();
  bool unread_counts_hold();
  std::int64_t count(const std::string& sql);
  void run(const std::string& sql);

  std::string database_url;
  Neighbours neighbours;
  std::unique_ptr<Replica> replica;
};

rpc::Call as(std::int64_t user);
rpc::Call anonymous();
// What `work` throws; fails the test when it throws nothing.
Error error_of(const std::function<void()>& work);

}  // namespace marquee::notification::testing
