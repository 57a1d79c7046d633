// The SQL of who cares about a film. Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"

namespace marquee::movie {

// Of which film, and users after which.
struct AudienceKey {
  std::int64_t movie = 0;
  std::int64_t after = 0;
};

struct FilmAudience {
  std::string title;
  std::vector<std::int64_t> users;  // in the order of their ids
};

class AudienceStore {
 public:
  explicit AudienceStore(db::Pool& pool) : pool_(pool) {}

  // Of each, the first `limit` users who reviewed the film or have it on their watchlist. Unset
  // where there is no such film.
  std::vector<std::optional<FilmAudience>> list(const Deadline& deadline,
                                                const std::vector<AudienceKey>& keys,
                                                std::int64_t limit);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
