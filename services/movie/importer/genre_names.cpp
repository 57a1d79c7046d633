#include "services/movie/importer/genre_names.h"

#include <algorithm>
#include <utility>

#include "services/movie/importer/csv_table.h"

namespace marquee::movie::importer {
namespace {

constexpr std::size_t kGenreBytesMax = 64;

constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"Sci-Fi", "Science Fiction"},
    {"Children", "Family"},
    {"Children's", "Family"},
    {"Musical", "Music"},
    {"Film-Noir", "Film Noir"},
    {"(no genres listed)", ""},
    {"IMAX", ""},  // a format
};

}  // namespace

std::string canonical_genre(std::string_view name) {
  for (const auto& [other, common] : kOtherNames) {
    if (name == other) return std::string(common);
  }
  return std::string(name);
}

std::vector<std::string> canonical_genres(const std::vector<std::string>& names) {
  std::vector<std::string> genres;
  for (const auto& name : names) {
    if (name.size() > kGenreBytesMax) throw BadRow{"a genre is longer than 64 bytes"};
    std::string genre = canonical_genre(name);
    if (genre.empty()) continue;
    if (std::find(genres.begin(), genres.end(), genre) == genres.end()) {
      genres.push_back(std::move(genre));
    }
  }
  return genres;
}

}  // namespace marquee::movie::importer
