// The JSON columns of the TMDb 5000 files. Each function throws BadRow, naming the column, when the
// text is not what TMDb writes there; single entries without a name are passed over. Pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/movie/importer/rows.h"

namespace marquee::movie::importer {

// [{"id": 28, "name": "Action"}, ...]
std::vector<std::string> tmdb_names(std::string_view json, const char* column);
// In the order of billing. Somebody with several parts is one entry: "Part / Other part".
std::vector<PersonRow> tmdb_cast(std::string_view json);
// Those of the crew whose job is Director.
std::vector<PersonRow> tmdb_directors(std::string_view json);

}  // namespace marquee::movie::importer
