// The SQL of what is said in chat rooms. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/db/pool.h"

namespace marquee::rooms {

struct StoredLine {
  std::int64_t id = 0;
  std::string room;
  std::int64_t user_id = 0;
  std::string said;
  std::int64_t sent_at_us = 0;  // since 1970
};

struct LinePage {
  std::vector<StoredLine> lines;
  bool more = false;
};

class ChatStore {
 public:
  explicit ChatStore(db::Pool& pool) : pool_(pool) {}

  // Returns the line as it is kept.
  StoredLine add(const Deadline& deadline, const std::string& room, std::int64_t user,
                 const std::string& said);
  // Newest first; `before` 0: from the newest.
  LinePage list(const Deadline& deadline, const std::string& room, std::int64_t before,
                std::int64_t limit);
  // Throws NOT_FOUND, and PERMISSION_DENIED unless `user` wrote it; with `any` whoever did.
  void remove(const Deadline& deadline, const std::string& room, std::int64_t id, std::int64_t user,
              bool any);

 private:
  db::Pool& pool_;
};

struct RemovedLine {
  std::int64_t id = 0;
  std::string room;
};
// All that the user said; newest first.
std::vector<RemovedLine> remove_lines_of(db::Tx& tx, std::int64_t user);

}  // namespace marquee::rooms
