// The gRPC surface Comments. Owned by MovieService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/rpc/server.h"
#include "libs/users/user_directory.h"
#include "marquee/movie/v1/opinions.pb.h"
#include "services/movie/cache_tags.h"
#include "services/movie/comments_store.h"

namespace marquee::movie {

class CommentsHandlers {
 public:
  CommentsHandlers(CommentsStore& store, users::UserDirectory& users, ChangeFeed& changes)
      : store_(store), users_(users), changes_(changes) {}

  void bind(rpc::Server& server);

  v1::CommentsReply list_comments(const rpc::Call& call, const v1::ListCommentsRequest& request);
  v1::CommentMessage add_comment(const rpc::Call& call, const v1::AddCommentRequest& request);
  google::protobuf::Empty delete_comment(const rpc::Call& call,
                                         const v1::DeleteCommentRequest& request);

 private:
  CommentsStore& store_;
  users::UserDirectory& users_;
  ChangeFeed& changes_;
};

}  // namespace marquee::movie
