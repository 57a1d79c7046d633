// The SQL of who cares about a film. Stateless; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/db/pool.h"

namespace marquee::movie {

struct FilmAudience {
  std::string title;
  std::vector<std::int64_t> users;  // in the order of their ids
};

class AudienceStore {
 public:
  explicit AudienceStore(db::Pool& pool) : pool_(pool) {}

  // The first `limit` users after `after` who reviewed the film or have it on their watchlist.
  // Throws NOT_FOUND when there is no such film.
  FilmAudience list(const Deadline& deadline, std::int64_t movie, std::int64_t after,
                    std::int64_t limit);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
