// The SQL behind UserDeletions. Stateless; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/db/pool.h"
#include "services/movie/change_feed.h"

namespace marquee::movie {

class UserDeletionsStore {
 public:
  explicit UserDeletionsStore(db::Pool& pool) : pool_(pool) {}

  // Sequence of the last deletion that was followed.
  std::int64_t position(const Deadline& deadline);
  // Removes what the users left and moves the position from `from` to `to`. Returns what is stale
  // now; nothing happens when the position is no longer `from` (another replica was faster).
  Tags remove_users(const Deadline& deadline, const std::vector<std::int64_t>& users,
                    std::int64_t from, std::int64_t to);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
