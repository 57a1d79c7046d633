// The SQL of comments. Stateless; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/db/pool.h"

namespace marquee::movie {

struct StoredComment {
  std::int64_t id = 0;
  std::int64_t user_id = 0;
  std::string body;
  std::int64_t created_at_us = 0;
};

struct CommentList {
  std::vector<StoredComment> comments;
  std::string next_cursor;
};

class CommentsStore {
 public:
  explicit CommentsStore(db::Pool& pool) : pool_(pool) {}

  // Newest first; none for an unknown film.
  CommentList list(const Deadline& deadline, std::int64_t movie, std::int64_t limit,
                   const std::string& cursor);
  // Throws NOT_FOUND when there is no such film.
  void add(const Deadline& deadline, std::int64_t movie, std::int64_t user,
           const std::string& body);
  // Throws NOT_FOUND unless it is a comment of this user on this film.
  void remove(const Deadline& deadline, std::int64_t movie, std::int64_t user, std::int64_t id);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
