#include "services/movie/reviews_handlers.h"

#include "services/movie/stars.h"
#include "services/movie/timestamps.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::int64_t kPageOfMovie = 100;
constexpr std::int64_t kPageOfAll = 20;
constexpr std::int64_t kPageMax = 100;
constexpr std::size_t kCommentCharactersMax = 10'000;

std::string checked_comment(const std::string& text) {
  std::string comment = trimmed(text);
  if (comment.empty()) missing_field("comment");
  Violations bad;
  check_text(bad, "comment", comment, kCommentCharactersMax);
  bad.check();
  return comment;
}

v1::ReviewChangedReply changed(const char* message, std::int64_t movie) {
  v1::ReviewChangedReply reply;
  reply.set_message(message);
  reply.set_movie_id(movie);
  return reply;
}

}  // namespace

void ReviewsHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.Reviews");
  service.on("ListMovieReviews", &ReviewsHandlers::list_of_movie, *this);
  service.on("ListReviews", &ReviewsHandlers::list_all, *this);
  service.on("GetReview", &ReviewsHandlers::get_review, *this);
  service.on("CreateReview", &ReviewsHandlers::create_review, *this);
  service.on("UpdateReview", &ReviewsHandlers::update_review, *this);
  service.on("DeleteReview", &ReviewsHandlers::delete_review, *this);
}

v1::ReviewsReply ReviewsHandlers::list_of_movie(const rpc::Call& call,
                                                const v1::ListMovieReviewsRequest& request) {
  Page page = check_page(request.limit(), request.page(), !request.cursor().empty(), kPageOfMovie,
                         kPageMax);
  return with_names(call,
                    store_.of_movie(call.deadline(), request.movie_id(), page, request.cursor()));
}

v1::ReviewsReply ReviewsHandlers::list_all(const rpc::Call& call,
                                           const v1::ListReviewsRequest& request) {
  Page page =
      check_page(request.limit(), request.page(), !request.cursor().empty(), kPageOfAll, kPageMax);
  return with_names(call, store_.all(call.deadline(), page, request.cursor()));
}

v1::Review ReviewsHandlers::get_review(const rpc::Call& call, const v1::GetReviewRequest& request) {
  ReviewList list;
  list.reviews.push_back(store_.get(call.deadline(), request.id()));
  return with_names(call, std::move(list)).reviews(0);
}

v1::CreateReviewReply ReviewsHandlers::create_review(const rpc::Call& call,
                                                     const v1::CreateReviewRequest& request) {
  auto user = call.user();
  if (!request.has_movie_id()) missing_field("movie_id");
  if (!request.has_rating()) missing_field("rating");
  int half_stars = check_review_rating(request.rating());
  std::string comment = checked_comment(request.comment());
  v1::CreateReviewReply reply;
  reply.set_id(store_.create(call.deadline(), user, request.movie_id(), half_stars, comment));
  reply.set_message("Review created");
  publish(request.movie_id(), reply.id());
  announcements_.review_written(reply.id(), request.movie_id(), user, half_stars, comment);
  return reply;
}

v1::ReviewChangedReply ReviewsHandlers::update_review(const rpc::Call& call,
                                                      const v1::UpdateReviewRequest& request) {
  auto user = call.user();
  std::optional<int> half_stars;
  if (request.has_rating()) half_stars = check_review_rating(request.rating());
  std::optional<std::string> comment;
  if (request.has_comment()) comment = checked_comment(request.comment());
  auto movie = store_.update(call.deadline(), request.id(), user, half_stars, comment);
  publish(movie, request.id());
  return changed("Review updated successfully", movie);
}

v1::ReviewChangedReply ReviewsHandlers::delete_review(const rpc::Call& call,
                                                      const v1::GetReviewRequest& request) {
  auto movie = store_.remove(call.deadline(), request.id(), call.user(), call.caller().admin());
  publish(movie, request.id());
  return changed("Review deleted successfully", movie);
}

v1::ReviewsReply ReviewsHandlers::with_names(const rpc::Call& call, ReviewList list) {
  std::vector<std::int64_t> ids;
  for (const auto& review : list.reviews) ids.push_back(review.user_id);
  auto users = users_.users(call, std::move(ids));
  v1::ReviewsReply reply;
  for (auto& stored : list.reviews) {
    auto& review = *reply.add_reviews();
    review.set_id(stored.id);
    review.set_movie_id(stored.movie_id);
    review.set_user_id(stored.user_id);
    if (auto user = users.find(stored.user_id); user != users.end()) {
      review.set_username(user->second.username);
    }
    review.set_rating(stars_of(stored.half_stars));
    review.set_comment(std::move(stored.comment));
    set_time(*review.mutable_created_at(), stored.created_at_us);
    if (stored.updated_at_us) set_time(*review.mutable_updated_at(), *stored.updated_at_us);
  }
  reply.set_next_cursor(std::move(list.next_cursor));
  return reply;
}

void ReviewsHandlers::publish(std::int64_t movie, std::int64_t review) {
  Tags tags = film_tags(movie);
  add_review_tags(tags, movie, review);
  changes_.publish(tags);
}

}  // namespace marquee::movie
