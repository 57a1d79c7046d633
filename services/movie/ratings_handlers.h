// The gRPC surface Ratings. Owned by MovieService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/rpc/server.h"
#include "libs/users/user_directory.h"
#include "marquee/movie/v1/opinions.pb.h"
#include "services/movie/films.h"
#include "services/movie/ratings_store.h"

namespace marquee::movie {

class RatingsHandlers {
 public:
  RatingsHandlers(RatingsStore& store, Films& films, users::UserDirectory& users,
                  ChangeFeed& changes)
      : store_(store), films_(films), users_(users), changes_(changes) {}

  void bind(rpc::Server& server);

  v1::RateMovieReply rate_movie(const rpc::Call& call, const v1::RateMovieRequest& request);
  google::protobuf::Empty unrate_movie(const rpc::Call& call, const v1::GetMovieRequest& request);
  v1::RatedMoviesReply list_own(const rpc::Call& call, const v1::ListRatedRequest& request);
  v1::RatedMoviesReply list_of_user(const rpc::Call& call, const v1::ListUserRatedRequest& request);

 private:
  v1::RatedMoviesReply rated(const rpc::Call& call, std::int64_t user, int limit,
                             const std::string& cursor);

  RatingsStore& store_;
  Films& films_;
  users::UserDirectory& users_;
  ChangeFeed& changes_;
};

}  // namespace marquee::movie
