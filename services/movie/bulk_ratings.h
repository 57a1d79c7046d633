// For transactions that write many ratings, the importer's and the deletion of users or films.
#pragma once

#include "libs/db/tx.h"

namespace marquee::movie {

// Has the ratings that the rest of the transaction writes counted by statement, not one by one
// (migrations/0004).
inline void count_in_bulk(db::Tx& tx) {
  static constexpr db::Statement kCountInBulk{
      "count_in_bulk", "SELECT set_config('movie.ratings_in_bulk', 'on', true)"};
  tx.exec(kCountInBulk);
}

}  // namespace marquee::movie
