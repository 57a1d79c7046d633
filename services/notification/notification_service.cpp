#include "services/notification/notification_service.h"

#include "libs/events/event_metrics.h"
#include "libs/events/relay.h"
#include "libs/invalidation/change_feed.h"
#include "libs/mail/folder_transport.h"
#include "libs/mail/smtp_transport.h"
#include "libs/ops/live_registry.h"
#include "services/notification/facts.h"
#include "services/notification/housekeeping.h"
#include "services/notification/inbox_handlers.h"
#include "services/notification/mailer.h"
#include "services/notification/settings_handlers.h"

namespace marquee::notification {
namespace {

std::unique_ptr<mail::Transport> transport_of(const Config& config) {
  if (config.smtp.url.empty()) return std::make_unique<mail::FolderTransport>(config.mail_folder);
  return std::make_unique<mail::SmtpTransport>(config.smtp);
}

}  // namespace

struct NotificationService::Impl {
  Impl(Config given, rpc::Parts& parts, Jobs::AtStep at_step)
      : config(std::move(given)),
        auth(config.auth_target, config.upstream_tls),
        movie(config.movie_target, config.upstream_tls),
        live(parts.bus),
        inbox_store(parts.database),
        settings_store(parts.database),
        jobs_store(parts.database),
        mail_store(parts.database),
        transport(transport_of(config)),
        users(auth, config.user_ttl),
        changes(parts.bus, {users.drop()}),
        mailer(mail_store, *transport, auth, users, config),
        jobs(
            jobs_store, movie, users, live, config, [this] { mailer.wake(); }, std::move(at_step)),
        reviews(parts.database, parts.bus, kReviewsConsumer, "review.*", handlers(), parts.events),
        movies(parts.database, parts.bus, kMoviesConsumer, events::kMovieChanged.name, handlers(),
               parts.events),
        deletions(parts.database, parts.bus, kDeletionsConsumer, events::kUserDeleted.name,
                  handlers(), parts.events),
        housekeeping(jobs_store, config),
        inbox(inbox_store, users, live),
        settings(settings_store) {}

  events::Handlers handlers() { return fact_handlers(jobs_store, config.news_age, jobs); }

  const Config config;
  rpc::Channel auth;
  rpc::Channel movie;
  live::Publisher live;
  InboxStore inbox_store;
  SettingsStore settings_store;
  JobsStore jobs_store;
  MailStore mail_store;
  std::unique_ptr<mail::Transport> transport;
  users::UserDirectory users;
  invalidation::ChangeFeed changes;
  Mailer mailer;
  Jobs jobs;
  events::Consumer reviews;
  events::Consumer movies;
  events::Consumer deletions;
  Housekeeping housekeeping;
  InboxHandlers inbox;
  SettingsHandlers settings;
};

NotificationService::NotificationService(const Config& config, rpc::Parts& parts,
                                         Jobs::AtStep at_step)
    : impl_(std::make_unique<Impl>(config, parts, std::move(at_step))) {
  impl_->inbox.bind(parts.server);
  impl_->settings.bind(parts.server);
  events::add_metrics(parts.registry, impl_->reviews);
  events::add_metrics(parts.registry, impl_->movies);
  events::add_metrics(parts.registry, impl_->deletions);
  parts.registry.add([impl = impl_.get()](ops::Scrape& scrape) {
    impl->users.read(scrape);
    impl->jobs.read(scrape);
    impl->mailer.read(scrape);
  });
}

NotificationService::~NotificationService() = default;

InboxHandlers& NotificationService::inbox() {
  return impl_->inbox;
}
SettingsHandlers& NotificationService::settings() {
  return impl_->settings;
}

}  // namespace marquee::notification
