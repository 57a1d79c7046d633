#include "services/movie/cache_tags.h"

namespace marquee::movie {

Tags film_tags(std::int64_t movie_id) {
  return {"movie:" + std::to_string(movie_id), "movies", "popular", "search"};
}

void add_review_tags(Tags& tags, std::int64_t movie_id, std::int64_t review_id) {
  tags.push_back("reviews");
  tags.push_back("reviews:" + std::to_string(movie_id));
  if (review_id != 0) tags.push_back("review:" + std::to_string(review_id));
}

std::string comments_tag(std::int64_t movie_id) {
  return "comments:" + std::to_string(movie_id);
}

}  // namespace marquee::movie
