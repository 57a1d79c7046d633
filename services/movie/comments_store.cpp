#include "services/movie/comments_store.h"

#include <limits>

#include "services/movie/catalog_store.h"
#include "services/movie/cursor.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kListComments{"list_comments", R"sql(
  SELECT id, user_id, body, (extract(epoch FROM created_at) * 1000000)::bigint FROM comments
   WHERE movie_id = $1::bigint AND id < $2::bigint ORDER BY id DESC LIMIT $3::bigint)sql"};

constexpr db::Statement kAddComment{
    "add_comment",
    "INSERT INTO comments (movie_id, user_id, body) VALUES ($1::bigint, $2::bigint, $3)"};

constexpr db::Statement kDeleteComment{"delete_comment", R"sql(
  DELETE FROM comments WHERE id = $1::bigint AND movie_id = $2::bigint AND user_id = $3::bigint
  RETURNING id)sql"};

constexpr char kCursorKind[] = "comments";

}  // namespace

CommentList CommentsStore::list(const Deadline& deadline, std::int64_t movie, std::int64_t limit,
                                const std::string& cursor) {
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (!cursor.empty()) before = decode_cursor(kCursorKind, cursor, 1)[0];
  return pool_.read(deadline, [&](db::Tx& tx) {
    CommentList list;
    for (const auto& row : tx.exec(kListComments, movie, before, limit + 1)) {
      if (static_cast<std::int64_t>(list.comments.size()) == limit) {
        list.next_cursor = encode_cursor(kCursorKind, {list.comments.back().id});
        break;
      }
      list.comments.push_back({row[0].as<std::int64_t>(), row[1].as<std::int64_t>(),
                               row[2].as<std::string>(), row[3].as<std::int64_t>()});
    }
    return list;
  });
}

void CommentsStore::add(const Deadline& deadline, std::int64_t movie, std::int64_t user,
                        const std::string& body) {
  try {
    pool_.write(deadline, [&](db::Tx& tx) { tx.exec(kAddComment, movie, user, body); });
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() == "comments_movie_exists") throw movie_not_found();
    throw;
  }
}

void CommentsStore::remove(const Deadline& deadline, std::int64_t movie, std::int64_t user,
                           std::int64_t id) {
  bool removed = pool_.write(
      deadline, [&](db::Tx& tx) { return !tx.exec(kDeleteComment, id, movie, user).empty(); });
  if (!removed) {
    throw Error::not_found("comment_not_found", "Comment not found or not owned by user");
  }
}

}  // namespace marquee::movie
