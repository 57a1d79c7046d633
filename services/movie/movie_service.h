// The movie service put together: stores, caches, handlers. Lives as long as its server; made and
// destroyed on the main thread.
#pragma once

#include <memory>

#include "libs/rpc/service_app.h"
#include "services/movie/config.h"

namespace marquee::movie {

class AudienceHandlers;
class CatalogHandlers;
class CommentsHandlers;
class ExportHandlers;
class RatingsHandlers;
class ReviewsHandlers;
class StatusHandlers;
class WatchlistsHandlers;

class MovieService : public rpc::ServiceParts {
 public:
  // Binds every RPC to `parts.server`, which is started afterwards.
  MovieService(const Config& config, rpc::Parts& parts);
  ~MovieService() override;

  // What the RPCs are bound to; tests call them without a network.
  AudienceHandlers& audience();
  CatalogHandlers& catalog();
  CommentsHandlers& comments();
  ExportHandlers& exports();
  RatingsHandlers& ratings();
  ReviewsHandlers& reviews();
  StatusHandlers& status();
  WatchlistsHandlers& watchlists();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::movie
