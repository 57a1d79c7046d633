// The gRPC surface Reviews. Owned by MovieService; worker threads.
#pragma once

#include "libs/rpc/server.h"
#include "libs/users/user_directory.h"
#include "marquee/movie/v1/opinions.pb.h"
#include "services/movie/announcements.h"
#include "services/movie/cache_tags.h"
#include "services/movie/reviews_store.h"

namespace marquee::movie {

class ReviewsHandlers {
 public:
  ReviewsHandlers(ReviewsStore& store, users::UserDirectory& users, ChangeFeed& changes,
                  Announcements& announcements)
      : store_(store), users_(users), changes_(changes), announcements_(announcements) {}

  void bind(rpc::Server& server);

  v1::ReviewsReply list_of_movie(const rpc::Call& call, const v1::ListMovieReviewsRequest& request);
  v1::ReviewsReply list_all(const rpc::Call& call, const v1::ListReviewsRequest& request);
  v1::Review get_review(const rpc::Call& call, const v1::GetReviewRequest& request);
  v1::CreateReviewReply create_review(const rpc::Call& call,
                                      const v1::CreateReviewRequest& request);
  v1::ReviewChangedReply update_review(const rpc::Call& call,
                                       const v1::UpdateReviewRequest& request);
  v1::ReviewChangedReply delete_review(const rpc::Call& call, const v1::GetReviewRequest& request);

 private:
  v1::ReviewsReply with_names(const rpc::Call& call, ReviewList list);
  void publish(std::int64_t movie, std::int64_t review);

  ReviewsStore& store_;
  users::UserDirectory& users_;
  ChangeFeed& changes_;
  Announcements& announcements_;
};

}  // namespace marquee::movie
