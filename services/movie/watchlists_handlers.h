// The gRPC surface Watchlists. Owned by MovieService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/rpc/server.h"
#include "marquee/movie/v1/opinions.pb.h"
#include "services/movie/films.h"
#include "services/movie/watchlists_store.h"

namespace marquee::movie {

class WatchlistsHandlers {
 public:
  WatchlistsHandlers(WatchlistsStore& store, Films& films) : store_(store), films_(films) {}

  void bind(rpc::Server& server);

  v1::CardsReply list_watchlist(const rpc::Call& call, const v1::ListRatedRequest& request);
  v1::WatchlistMessage add(const rpc::Call& call, const v1::GetMovieRequest& request);
  google::protobuf::Empty remove(const rpc::Call& call, const v1::GetMovieRequest& request);

 private:
  WatchlistsStore& store_;
  Films& films_;
};

}  // namespace marquee::movie
