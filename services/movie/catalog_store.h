// The SQL of films: reading them by id in batches, writing them with genres and people. Any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/loader.h"
#include "libs/events/outbox.h"
#include "marquee/movie/v1/catalog.pb.h"

namespace marquee::movie {

// What is written of a film. Unset is left as it is (or empty, in a new film); "" clears.
struct FilmDraft {
  std::optional<std::string> title;
  std::optional<std::string> overview;
  std::optional<double> external_rating;  // 0-10
  std::optional<std::vector<std::string>> genres;
  std::optional<std::string> poster_url;
  std::optional<std::string> release_date;  // YYYY-MM-DD
  std::optional<std::vector<std::string>> directors;
  std::optional<int> runtime;  // minutes
  std::optional<bool> adult;
  std::optional<std::string> trailer_url;
  struct Actor {
    std::string name;
    std::string character;
  };
  std::optional<std::vector<Actor>> actors;
};

class CatalogStore {
 public:
  // What is written is told by the outbox, in the same transaction.
  CatalogStore(db::Pool& pool, events::Outbox& outbox);

  // One for each of `ids`, null where there is no film. Gathered, as is detail().
  std::vector<std::shared_ptr<const v1::Movie>> movies(const Deadline& deadline,
                                                       const std::vector<std::int64_t>& ids);
  // Without what is the caller's own. Null when there is no such film.
  std::shared_ptr<const v1::MovieDetail> detail(const Deadline& deadline, std::int64_t id);
  // Ids in their order after `after`, `offset` of them left out.
  std::vector<std::int64_t> list(const Deadline& deadline, std::int64_t after, std::int64_t offset,
                                 std::int64_t limit);
  // Best weighted rating first.
  std::vector<std::int64_t> popular(const Deadline& deadline, std::int64_t limit);
  v1::ListGenresReply genres(const Deadline& deadline);

  // `draft.title` is set. Returns the id.
  std::int64_t create(const Deadline& deadline, const FilmDraft& draft, std::int64_t user);
  // Returns its title. Throws NOT_FOUND, and PERMISSION_DENIED unless `user` made the film or `any`
  // is true.
  std::string update(const Deadline& deadline, std::int64_t id, const FilmDraft& draft,
                     std::int64_t user, bool any);
  // Returns the ids of the reviews that went with it.
  std::vector<std::int64_t> remove(const Deadline& deadline, std::int64_t id, std::int64_t user,
                                   bool any);

 private:
  db::Pool& pool_;
  events::Outbox& outbox_;
  db::Loader<std::int64_t, v1::Movie> movies_;
  db::Loader<std::int64_t, v1::MovieDetail> details_;
};

Error movie_not_found();

}  // namespace marquee::movie
