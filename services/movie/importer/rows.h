// What the lines of an import become before they reach the database. Each carries the number of
// the line it came from, which is its key within a chunk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace marquee::movie::importer {

struct PersonRow {
  std::string name;
  std::optional<std::int64_t> tmdb_id;
  std::optional<std::string> character;  // actors only
};

struct FilmRow {
  std::int64_t line = 0;
  std::optional<std::int64_t> movielens_id;
  std::optional<std::int64_t> tmdb_id;
  std::string title;
  std::optional<std::string> original_title;
  std::optional<std::string> overview;
  std::optional<std::string> release_date;  // YYYY-MM-DD
  std::optional<int> release_year;          // that of the date where there is one
  std::optional<int> runtime;               // minutes
  std::optional<double> external_rating;    // 0-10
  std::vector<std::string> genres;
  std::vector<PersonRow> directors;
  std::vector<PersonRow> actors;
};

// Who worked on a film that is there already.
struct CreditsRow {
  std::int64_t line = 0;
  std::int64_t tmdb_id = 0;
  std::vector<PersonRow> directors;
  std::vector<PersonRow> actors;
};

// A rating, a tag or a review. The film is named by MovieLens' id or by title and year.
struct OpinionRow {
  std::int64_t line = 0;
  std::string user;
  std::optional<std::int64_t> movielens_id;
  std::optional<std::string> title;
  std::optional<int> release_year;
  std::optional<int> half_stars;
  std::optional<std::string> text;
  std::optional<std::int64_t> at;  // seconds since 1970
};

}  // namespace marquee::movie::importer
