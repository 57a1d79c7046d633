#include "services/movie/movie_service.h"

#include "libs/db/write_metrics.h"
#include "libs/events/event_metrics.h"
#include "libs/ops/live_registry.h"
#include "libs/rpc/channel.h"
#include "services/movie/audience_handlers.h"
#include "services/movie/catalog_handlers.h"
#include "services/movie/comments_handlers.h"
#include "services/movie/export_handlers.h"
#include "services/movie/ratings_handlers.h"
#include "services/movie/review_rooms_handlers.h"
#include "services/movie/reviews_handlers.h"
#include "services/movie/search_upkeep.h"
#include "services/movie/status_handlers.h"
#include "services/movie/user_deletions.h"
#include "services/movie/watchlists_handlers.h"

namespace marquee::movie {
namespace {

constexpr std::chrono::seconds kSearchUpkeepInterval{1};

}  // namespace

struct MovieService::Impl {
  Impl(const Config& config, rpc::Parts& parts)
      : auth(config.auth_target, config.auth_tls),
        catalog_store(parts.database, outbox),
        search_store(parts.database),
        ratings_store(parts.database, outbox),
        reviews_store(parts.database, outbox),
        comments_store(parts.database),
        watchlists_store(parts.database),
        audience_store(parts.database),
        export_store(parts.database),
        films(catalog_store, static_cast<std::size_t>(config.cache_bytes), config.cache_ttl),
        users(auth, config.user_ttl),
        changes(parts.bus, all_caches()),
        announcements(parts.bus),
        search_upkeep(search_store, changes, kSearchUpkeepInterval),
        relay(parts.database, parts.bus, outbox, parts.events),
        deletions(parts.database, parts.bus, kDeletionsConsumer, events::kUserDeleted.name,
                  deletion_handlers(changes), parts.events),
        catalog(catalog_store, search_store, ratings_store, films, changes, announcements),
        ratings(ratings_store, films, users, changes),
        reviews(reviews_store, users, changes, announcements),
        review_rooms(parts.bus),
        comments(comments_store, users, changes),
        watchlists(watchlists_store, films),
        audience(audience_store),
        exports(export_store),
        status(parts.database) {}

  std::vector<ChangeFeed::Drop> all_caches() {
    auto drops = films.drops();
    drops.push_back(users.drop());
    return drops;
  }

  rpc::Channel auth;
  events::Outbox outbox;
  CatalogStore catalog_store;
  SearchStore search_store;
  RatingsStore ratings_store;
  ReviewsStore reviews_store;
  CommentsStore comments_store;
  WatchlistsStore watchlists_store;
  AudienceStore audience_store;
  ExportStore export_store;
  Films films;
  users::UserDirectory users;
  ChangeFeed changes;
  Announcements announcements;
  SearchUpkeep search_upkeep;
  events::Relay relay;
  events::Consumer deletions;
  CatalogHandlers catalog;
  RatingsHandlers ratings;
  ReviewsHandlers reviews;
  ReviewRoomsHandlers review_rooms;
  CommentsHandlers comments;
  WatchlistsHandlers watchlists;
  AudienceHandlers audience;
  ExportHandlers exports;
  StatusHandlers status;
};

MovieService::MovieService(const Config& config, rpc::Parts& parts)
    : impl_(std::make_unique<Impl>(config, parts)) {
  impl_->catalog.bind(parts.server);
  impl_->ratings.bind(parts.server);
  impl_->reviews.bind(parts.server);
  impl_->review_rooms.bind(parts.server);
  impl_->comments.bind(parts.server);
  impl_->watchlists.bind(parts.server);
  impl_->audience.bind(parts.server);
  impl_->exports.bind(parts.server);
  impl_->status.bind(parts.server);
  events::add_metrics(parts.registry, impl_->relay);
  events::add_metrics(parts.registry, impl_->deletions);
  parts.registry.add([impl = impl_.get()](ops::Scrape& scrape) {
    impl->films.read(scrape);
    impl->users.read(scrape);
    db::read_metrics(scrape, "rating", impl->ratings_store.stats());
    db::read_metrics(scrape, "review", impl->reviews_store.stats());
  });
}

MovieService::~MovieService() = default;

AudienceHandlers& MovieService::audience() {
  return impl_->audience;
}
CatalogHandlers& MovieService::catalog() {
  return impl_->catalog;
}
CommentsHandlers& MovieService::comments() {
  return impl_->comments;
}
ExportHandlers& MovieService::exports() {
  return impl_->exports;
}
RatingsHandlers& MovieService::ratings() {
  return impl_->ratings;
}
ReviewsHandlers& MovieService::reviews() {
  return impl_->reviews;
}
StatusHandlers& MovieService::status() {
  return impl_->status;
}
WatchlistsHandlers& MovieService::watchlists() {
  return impl_->watchlists;
}

}  // namespace marquee::movie
