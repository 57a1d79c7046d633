// MovieLens writes a film's year, its alternative titles and a moved article into one string:
//
//   "City of Lost Children, The (Cité des enfants perdus, La) (1995)"
//   -> "The City of Lost Children", originally "La Cité des enfants perdus", 1995
//
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::movie::importer {

struct MovielensTitle {
  std::string title;  // empty only for an empty text
  std::optional<std::string> original_title;
  std::optional<int> year;  // the first one of "(2006-2007)"
};

MovielensTitle parse_movielens_title(std::string_view text);

// "Matrix, The" -> "The Matrix", "Avventura, L'" -> "L'Avventura".
std::string with_article_first(std::string_view title);

}  // namespace marquee::movie::importer
