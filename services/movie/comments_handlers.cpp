#include "services/movie/comments_handlers.h"

#include "services/movie/timestamps.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::int64_t kListMax = 1'000;
constexpr std::size_t kBodyCharactersMax = 5'000;

}  // namespace

void CommentsHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.Comments");
  service.on("ListComments", &CommentsHandlers::list_comments, *this);
  service.on("AddComment", &CommentsHandlers::add_comment, *this);
  service.on("DeleteComment", &CommentsHandlers::delete_comment, *this);
}

v1::CommentsReply CommentsHandlers::list_comments(const rpc::Call& call,
                                                  const v1::ListCommentsRequest& request) {
  Page page = check_page(request.limit(), 0, false, kListMax, kListMax);
  auto list = store_.list(call.deadline(), request.movie_id(), page.limit, request.cursor());
  std::vector<std::int64_t> ids;
  for (const auto& comment : list.comments) ids.push_back(comment.user_id);
  auto users = users_.users(call, std::move(ids));
  v1::CommentsReply reply;
  for (auto& stored : list.comments) {
    auto& comment = *reply.add_comments();
    comment.set_id(stored.id);
    comment.set_body(std::move(stored.body));
    set_time(*comment.mutable_timestamp(), stored.created_at_us);
    if (auto user = users.find(stored.user_id); user != users.end()) {
      comment.set_username(user->second.username);
    }
  }
  reply.set_next_cursor(list.next_cursor);
  return reply;
}

v1::CommentMessage CommentsHandlers::add_comment(const rpc::Call& call,
                                                 const v1::AddCommentRequest& request) {
  auto user = call.user();
  std::string body = trimmed(request.body());
  Violations bad;
  if (!request.has_body()) {
    bad.add("body", "This field is required.");
  } else if (body.empty()) {
    bad.add("body", "This field may not be blank.");
  }
  check_text(bad, "body", body, kBodyCharactersMax);
  bad.check();
  store_.add(call.deadline(), request.movie_id(), user, body);
  changes_.publish({comments_tag(request.movie_id())});
  v1::CommentMessage reply;
  reply.set_message("Comment added successfully");
  return reply;
}

google::protobuf::Empty CommentsHandlers::delete_comment(const rpc::Call& call,
                                                         const v1::DeleteCommentRequest& request) {
  auto user = call.user();
  if (!request.has_comment_id()) {
    throw Error::invalid("comment_id_required", "Comment ID is required")
        .field("comment_id", "This field is required.");
  }
  store_.remove(call.deadline(), request.movie_id(), user, request.comment_id());
  changes_.publish({comments_tag(request.movie_id())});
  return {};
}

}  // namespace marquee::movie
