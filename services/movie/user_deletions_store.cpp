#include "services/movie/user_deletions_store.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kReviewsGone{
    "delete_reviews_of_user",
    "DELETE FROM reviews WHERE user_id = $1::bigint RETURNING movie_id, id"};
constexpr db::Statement kRatingsGone{"delete_ratings_of_user", R"sql(
  WITH gone AS (
    DELETE FROM ratings WHERE user_id = $1::bigint RETURNING movie_id, half_stars),
  counted AS MATERIALIZED (
    SELECT count_ratings(array_agg((movie_id, half_stars, -1)::rating_delta)) FROM gone)
  SELECT movie_id FROM gone, counted)sql"};
constexpr db::Statement kCommentsGone{
    "delete_comments_of_user",
    "DELETE FROM comments WHERE user_id = $1::bigint RETURNING movie_id"};
constexpr db::Statement kWatchlistsGone{"delete_watchlists_of_user",
                                        "DELETE FROM watchlist_entries WHERE user_id = $1::bigint"};
constexpr db::Statement kTagsGone{"delete_tags_of_user",
                                  "DELETE FROM movie_tags WHERE user_id = $1::bigint"};
constexpr db::Statement kCreatorGone{"forget_creator", R"sql(
  UPDATE movies SET created_by = NULL WHERE created_by = $1::bigint RETURNING id)sql"};
constexpr db::Statement kEditorGone{
    "forget_editor", "UPDATE movies SET edited_by = NULL WHERE edited_by = $1::bigint"};

// More are not worth naming one by one.
constexpr std::size_t kTagsMax = 2'000;

}  // namespace

Tags remove_user(db::Tx& tx, std::int64_t user) {
  Tags tags;
  for (const auto& row : tx.exec(kReviewsGone, user)) {
    add_review_tags(tags, row[0].as<std::int64_t>(), row[1].as<std::int64_t>());
  }
  auto film_changed = [&](const pqxx::result& rows) {
    for (const auto& row : rows) tags.push_back(film_tags(row[0].as<std::int64_t>()).front());
  };
  film_changed(tx.exec(kRatingsGone, user));
  film_changed(tx.exec(kCreatorGone, user));
  tx.exec(kEditorGone, user);
  for (const auto& row : tx.exec(kCommentsGone, user)) {
    tags.push_back(comments_tag(row[0].as<std::int64_t>()));
  }
  tx.exec(kWatchlistsGone, user);
  tx.exec(kTagsGone, user);
  if (tags.size() > kTagsMax) return Tags{kEverything};
  for (const char* list : {"movies", "popular", "search"}) tags.push_back(list);
  tags.push_back("user:" + std::to_string(user));
  return tags;
}

}  // namespace marquee::movie
