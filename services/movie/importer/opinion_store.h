// Ratings, tags and reviews of a chunk. movie_stats is kept right in the same transaction.
// Functions on the transaction of a chunk.
#pragma once

#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/movie/importer/rows.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

// `kind` says whose users they are (import_users). A row whose film or user is unknown is rejected.
// A rating replaces an older one of the same user; one without a time never replaces any.
StoreResult store_ratings(db::Tx& tx, const std::string& kind,
                          const std::vector<OpinionRow>& ratings);
StoreResult store_tags(db::Tx& tx, const std::string& kind, const std::vector<OpinionRow>& tags);
// An existing review of the same user stays.
StoreResult store_reviews(db::Tx& tx, const std::string& kind,
                          const std::vector<OpinionRow>& reviews);

}  // namespace marquee::movie::importer
