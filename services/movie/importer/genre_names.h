// One list of genres for all kinds of import, named as TMDb names them. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace marquee::movie::importer {

// The common name of a data set's genre: "Sci-Fi" -> "Science Fiction", "Children" -> "Family".
// Empty for what is no genre: "(no genres listed)", "IMAX". An unknown one stays as it is.
std::string canonical_genre(std::string_view name);
// In order, without repetitions. Throws BadRow for a name of more than 64 bytes.
std::vector<std::string> canonical_genres(const std::vector<std::string>& names);

}  // namespace marquee::movie::importer
