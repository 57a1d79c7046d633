#include "services/movie/importer/data_sets.h"
#include "services/movie/importer/field_values.h"
#include "services/movie/importer/film_stage.h"
#include "services/movie/importer/genre_names.h"
#include "services/movie/importer/movielens_title.h"
#include "services/movie/importer/opinion_stage.h"

namespace marquee::movie::importer {
namespace {

constexpr std::size_t kRecordBytesMax = 64 << 10;
constexpr std::size_t kTagBytesMax = 500;
constexpr std::size_t kImdbDigitsMin = 7;
constexpr std::size_t kImdbDigitsMax = 10;

CsvShape shape(std::vector<std::string> columns) {
  CsvShape shape;
  shape.required = std::move(columns);
  shape.limits.record_bytes_max = kRecordBytesMax;
  return shape;
}

// "114709" or "0114709" -> "tt0114709".
std::optional<std::string> imdb_id(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  std::string digits = std::to_string(id_value(text, "imdbId"));
  if (digits.size() > kImdbDigitsMax) throw BadRow{"imdbId has too many digits"};
  if (digits.size() < kImdbDigitsMin) digits.insert(0, kImdbDigitsMin - digits.size(), '0');
  return "tt" + digits;
}

class Links final : public Stage {
 public:
  explicit Links(std::filesystem::path file)
      : Stage("links", std::move(file), shape({"movieId", "imdbId", "tmdbId"})) {}

  void add() override {
    LinkRow link;
    link.line = line();
    link.movielens_id = id_value(text(0), "movieId");
    link.imdb_id = imdb_id(text(1));
    link.tmdb_id = optional_id(text(2), "tmdbId");
    links_.push_back(std::move(link));
  }
  StoreResult store(db::Tx& tx) override { return store_links(tx, links_); }
  void clear() override { links_.clear(); }

 private:
  std::vector<LinkRow> links_;
};

class Movies final : public FilmStage {
 public:
  explicit Movies(std::filesystem::path file)
      : FilmStage("movies", std::move(file), shape({"movieId", "title", "genres"}),
                  Authority::kFills) {}

  void add() override {
    FilmRow film;
    film.line = line();
    film.movielens_id = id_value(text(0), "movieId");
    auto title = parse_movielens_title(required_text(text(1), "title", kTitleBytesMax));
    film.title = std::move(title.title);
    film.original_title = std::move(title.original_title);
    film.release_year = title.year;
    film.genres = canonical_genres(split_list(text(2)));
    take(std::move(film));
  }
};

class Ratings final : public OpinionStage {
 public:
  Ratings(std::filesystem::path file, AccountBook& accounts)
      : OpinionStage("ratings", std::move(file),
                     shape({"userId", "movieId", "rating", "timestamp"}), accounts, true,
                     &store_ratings) {}

  void add() override {
    OpinionRow row;
    row.line = line();
    row.user = std::to_string(id_value(text(0), "userId"));
    row.movielens_id = id_value(text(1), "movieId");
    row.half_stars = half_stars_value(text(2), "rating");
    row.at = timestamp_value(text(3), "timestamp");
    take(std::move(row));
  }
};

class Tags final : public OpinionStage {
 public:
  Tags(std::filesystem::path file, AccountBook& accounts)
      : OpinionStage("tags", std::move(file), shape({"userId", "movieId", "tag", "timestamp"}),
                     accounts, true, &store_tags) {}

  void add() override {
    OpinionRow row;
    row.line = line();
    row.user = std::to_string(id_value(text(0), "userId"));
    row.movielens_id = id_value(text(1), "movieId");
    row.text = required_text(text(2), "tag", kTagBytesMax);
    row.at = timestamp_value(text(3), "timestamp");
    take(std::move(row));
  }
};

}  // namespace

Stages movielens_stages(const std::filesystem::path& folder, AccountBook& accounts) {
  Stages stages;
  // The links come first: they tell which films other data sets brought already.
  if (exists(folder / "links.csv")) stages.push_back(std::make_unique<Links>(folder / "links.csv"));
  stages.push_back(std::make_unique<Movies>(folder / "movies.csv"));
  if (exists(folder / "ratings.csv")) {
    stages.push_back(std::make_unique<Ratings>(folder / "ratings.csv", accounts));
  }
  if (exists(folder / "tags.csv")) {
    stages.push_back(std::make_unique<Tags>(folder / "tags.csv", accounts));
  }
  return stages;
}

}  // namespace marquee::movie::importer
