#include "services/movie/importer/data_sets.h"
#include "services/movie/importer/field_values.h"
#include "services/movie/importer/film_stage.h"
#include "services/movie/importer/genre_names.h"
#include "services/movie/importer/people_store.h"
#include "services/movie/importer/tmdb_columns.h"

namespace marquee::movie::importer {
namespace {

constexpr std::size_t kRecordBytesMax = 4 << 20;
constexpr double kRatingMax = 10;

CsvShape shape(std::vector<std::string> required, std::vector<std::string> optional) {
  CsvShape shape;
  shape.required = std::move(required);
  shape.optional = std::move(optional);
  shape.limits.record_bytes_max = kRecordBytesMax;
  return shape;
}

class Movies final : public FilmStage {
 public:
  explicit Movies(std::filesystem::path file)
      : FilmStage("movies", std::move(file),
                  shape({"id", "title", "original_title", "overview", "release_date", "runtime",
                         "genres"},
                        {"vote_average", "vote_count"}),
                  Authority::kReplaces) {}

  void add() override {
    FilmRow film;
    film.line = line();
    film.tmdb_id = id_value(text(0), "id");
    film.title = required_text(text(1), "title", kTitleBytesMax);
    film.original_title = text_or_nothing(text(2));
    if (film.original_title == film.title) film.original_title.reset();
    if (film.original_title) required_text(*film.original_title, "original_title", kTitleBytesMax);
    film.overview = text_or_nothing(text(3));
    if (film.overview) required_text(*film.overview, "overview", kOverviewBytesMax);
    film.release_date = date_value(text(4), "release_date");
    if (film.release_date) film.release_year = year_of(*film.release_date);
    film.runtime = runtime_value(text(5), "runtime");
    film.genres = canonical_genres(tmdb_names(text(6), "genres"));
    film.external_rating = rating();
    take(std::move(film));
  }

 private:
  // A mean of no votes says nothing.
  std::optional<double> rating() const {
    auto average = number_value(text(7), "vote_average");
    auto votes = number_value(text(8), "vote_count");
    if (!average || *average == 0 || votes == 0.0) return std::nullopt;
    if (*average < 0 || *average > kRatingMax) throw BadRow{"vote_average is not 0 to 10"};
    return average;
  }
};

class Credits final : public Stage {
 public:
  explicit Credits(std::filesystem::path file)
      : Stage("credits", std::move(file), shape({"movie_id", "cast", "crew"}, {})) {}

  void add() override {
    CreditsRow row;
    row.line = line();
    row.tmdb_id = id_value(text(0), "movie_id");
    row.actors = tmdb_cast(text(1));
    row.directors = tmdb_directors(text(2));
    rows_.push_back(std::move(row));
  }
  StoreResult store(db::Tx& tx) override { return store_credits(tx, rows_); }
  void clear() override { rows_.clear(); }

 private:
  std::vector<CreditsRow> rows_;
};

}  // namespace

Stages tmdb_stages(const std::filesystem::path& movies,
                   const std::optional<std::filesystem::path>& credits) {
  Stages stages;
  stages.push_back(std::make_unique<Movies>(movies));
  if (credits) stages.push_back(std::make_unique<Credits>(*credits));
  return stages;
}

}  // namespace marquee::movie::importer
