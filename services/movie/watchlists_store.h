// The SQL of watchlists. Stateless; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "libs/db/pool.h"
#include "services/movie/films.h"

namespace marquee::movie {

class WatchlistsStore {
 public:
  explicit WatchlistsStore(db::Pool& pool) : pool_(pool) {}

  // Latest first.
  FilmList list(const Deadline& deadline, std::int64_t user, std::int64_t limit,
                const std::string& cursor);
  // Again is no error. Both throw NOT_FOUND when there is no such film.
  void add(const Deadline& deadline, std::int64_t user, std::int64_t movie);
  void remove(const Deadline& deadline, std::int64_t user, std::int64_t movie);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
