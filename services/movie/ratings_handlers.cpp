#include "services/movie/ratings_handlers.h"

#include <unordered_map>

#include "services/movie/stars.h"
#include "services/movie/timestamps.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::int64_t kListMax = 1'000;

}  // namespace

void RatingsHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.Ratings");
  service.on("RateMovie", &RatingsHandlers::rate_movie, *this);
  service.on("UnrateMovie", &RatingsHandlers::unrate_movie, *this);
  service.on("ListOwnRated", &RatingsHandlers::list_own, *this);
  service.on("ListUserRated", &RatingsHandlers::list_of_user, *this);
}

v1::RateMovieReply RatingsHandlers::rate_movie(const rpc::Call& call,
                                               const v1::RateMovieRequest& request) {
  auto user = call.user();
  if (!request.has_rating()) {
    throw Error::invalid("rating_required", "Rating is required")
        .field("rating", "This field is required.");
  }
  int half_stars = check_rating(request.rating());
  auto saved = store_.rate(call.deadline(), user, request.id(), half_stars);
  Tags tags = film_tags(request.id());
  // A review shows its author's rating.
  if (saved.review_id != 0) add_review_tags(tags, request.id(), saved.review_id);
  changes_.publish(tags);

  v1::RateMovieReply reply;
  reply.set_message("Rating submitted successfully");
  reply.set_created(saved.created);
  reply.set_review_id(saved.review_id);
  auto& data = *reply.mutable_data();
  data.set_id(saved.id);
  data.set_movie(request.id());
  data.set_user(user);
  data.set_rating(stars_of(half_stars));
  set_time(*data.mutable_timestamp(), saved.rated_at_us);
  return reply;
}

google::protobuf::Empty RatingsHandlers::unrate_movie(const rpc::Call& call,
                                                      const v1::GetMovieRequest& request) {
  if (store_.withdraw(call.deadline(), call.user(), request.id())) {
    changes_.publish(film_tags(request.id()));
  }
  return {};
}

v1::RatedMoviesReply RatingsHandlers::list_own(const rpc::Call& call,
                                               const v1::ListRatedRequest& request) {
  return rated(call, call.user(), request.limit(), request.cursor());
}

v1::RatedMoviesReply RatingsHandlers::list_of_user(const rpc::Call& call,
                                                   const v1::ListUserRatedRequest& request) {
  auto users = users_.users(call, {request.user_id()});
  auto user = users.find(request.user_id());
  if (user == users.end()) throw Error::not_found("user_not_found", "User not found");
  if (user->second.is_private && request.user_id() != call.user()) {
    throw Error::denied("private_user", "This user's ratings are private");
  }
  return rated(call, request.user_id(), request.limit(), request.cursor());
}

v1::RatedMoviesReply RatingsHandlers::rated(const rpc::Call& call, std::int64_t user, int limit,
                                            const std::string& cursor) {
  Page page = check_page(limit, 0, false, kListMax, kListMax);
  auto list = store_.rated_by(call.deadline(), user, page.limit, cursor);
  std::vector<std::int64_t> ids;
  std::unordered_map<std::int64_t, int> half_stars;
  for (const auto& film : list.films) {
    ids.push_back(film.movie_id);
    half_stars[film.movie_id] = film.half_stars;
  }
  v1::RatedMoviesReply reply;
  films_.visit(call, ids, [&](const v1::Movie& movie) {
    auto& rated_movie = *reply.add_movies();
    fill_card(movie, rated_movie);
    rated_movie.set_user_rating(stars_of(half_stars[movie.id()]));
  });
  reply.set_next_cursor(list.next_cursor);
  return reply;
}

}  // namespace marquee::movie
