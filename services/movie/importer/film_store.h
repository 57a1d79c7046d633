// Merges films from a chunk into the catalogue, set by set. A film is recognised by its MovieLens,
// IMDb or TMDb id, else by title and year (unless its ids say that it is another one), so that the
// data sets complete each other in any order. What a user made or edited is only completed, never
// overwritten. Functions on the transaction of a chunk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/movie/importer/rows.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

struct LinkRow {
  std::int64_t line = 0;
  std::int64_t movielens_id = 0;
  std::optional<std::string> imdb_id;
  std::optional<std::int64_t> tmdb_id;
};

enum class Authority : std::uint8_t {
  kFills,     // what is empty
  kReplaces,  // also what another import wrote
};

// Keeps the links for the films that store_films() brings later in the same import. An IMDb or TMDb
// id that two films claim stays with the first and is reported.
StoreResult store_links(db::Tx& tx, const std::vector<LinkRow>& links);

// Films with genres, directors and actors, and a row of movie_stats for each new one.
StoreResult store_films(db::Tx& tx, const std::vector<FilmRow>& films, Authority authority);

}  // namespace marquee::movie::importer
