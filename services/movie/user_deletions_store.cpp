#include "services/movie/user_deletions_store.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kPosition{"deletions_position", "SELECT sequence FROM user_deletions"};
constexpr db::Statement kLockPosition{"lock_deletions_position",
                                      "SELECT sequence FROM user_deletions FOR UPDATE"};
constexpr db::Statement kMovePosition{"move_deletions_position",
                                      "UPDATE user_deletions SET sequence = $1::bigint"};

constexpr db::Statement kReviewsGone{
    "delete_reviews_of_users",
    "DELETE FROM reviews WHERE user_id = ANY($1::bigint[]) RETURNING movie_id, id"};
constexpr db::Statement kRatingsGone{"delete_ratings_of_users", R"sql(
  WITH gone AS (
    DELETE FROM ratings WHERE user_id = ANY($1::bigint[]) RETURNING movie_id, half_stars),
  counted AS MATERIALIZED (
    SELECT count_ratings(array_agg((movie_id, half_stars, -1)::rating_delta)) FROM gone)
  SELECT movie_id FROM gone, counted)sql"};
constexpr db::Statement kCommentsGone{
    "delete_comments_of_users",
    "DELETE FROM comments WHERE user_id = ANY($1::bigint[]) RETURNING movie_id"};
constexpr db::Statement kWatchlistsGone{
    "delete_watchlists_of_users",
    "DELETE FROM watchlist_entries WHERE user_id = ANY($1::bigint[])"};
constexpr db::Statement kTagsGone{"delete_tags_of_users",
                                  "DELETE FROM movie_tags WHERE user_id = ANY($1::bigint[])"};
constexpr db::Statement kCreatorGone{"forget_creators", R"sql(
  UPDATE movies SET created_by = NULL WHERE created_by = ANY($1::bigint[]) RETURNING id)sql"};
constexpr db::Statement kEditorGone{
    "forget_editors", "UPDATE movies SET edited_by = NULL WHERE edited_by = ANY($1::bigint[])"};

// More are not worth naming one by one.
constexpr std::size_t kTagsMax = 2'000;

}  // namespace

std::int64_t UserDeletionsStore::position(const Deadline& deadline) {
  return pool_.read(deadline,
                    [](db::Tx& tx) { return tx.exec(kPosition)[0][0].as<std::int64_t>(); });
}

Tags UserDeletionsStore::remove_users(const Deadline& deadline,
                                      const std::vector<std::int64_t>& users, std::int64_t from,
                                      std::int64_t to) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    Tags tags;
    if (tx.exec(kLockPosition)[0][0].as<std::int64_t>() != from) return tags;
    std::string ids = db::array(users);
    for (const auto& row : tx.exec(kReviewsGone, ids)) {
      add_review_tags(tags, row[0].as<std::int64_t>(), row[1].as<std::int64_t>());
    }
    auto film_changed = [&](const pqxx::result& rows) {
      for (const auto& row : rows) tags.push_back(film_tags(row[0].as<std::int64_t>()).front());
    };
    film_changed(tx.exec(kRatingsGone, ids));
    film_changed(tx.exec(kCreatorGone, ids));
    tx.exec(kEditorGone, ids);
    for (const auto& row : tx.exec(kCommentsGone, ids)) {
      tags.push_back(comments_tag(row[0].as<std::int64_t>()));
    }
    tx.exec(kWatchlistsGone, ids);
    tx.exec(kTagsGone, ids);
    tx.exec(kMovePosition, to);
    if (tags.size() > kTagsMax) return Tags{kEverything};
    for (const char* list : {"movies", "popular", "search"}) tags.push_back(list);
    for (auto user : users) tags.push_back("user:" + std::to_string(user));
    return tags;
  });
}

}  // namespace marquee::movie
