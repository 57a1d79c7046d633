// The command `movie-service import (movielens DIR | tmdb MOVIES.csv [CREDITS.csv] | sample DIR)`.
//
// Exit codes: 0 imported (lines may have been rejected; the summary says how many and where they
// are), 1 failed or nothing usable in the files, 130 stopped by a signal at the end of a chunk (the
// same command goes on).
#pragma once

#include "libs/rpc/service_app.h"
#include "services/movie/config.h"

namespace marquee::movie::importer {

// `app` and `config` must outlive the app's run. Used by main alone.
void add_import_command(rpc::ServiceApp& app, const Config& config);

}  // namespace marquee::movie::importer
