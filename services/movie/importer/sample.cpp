#include "services/movie/importer/data_sets.h"
#include "services/movie/importer/field_values.h"
#include "services/movie/importer/film_stage.h"
#include "services/movie/importer/genre_names.h"
#include "services/movie/importer/opinion_stage.h"

namespace marquee::movie::importer {
namespace {

constexpr std::size_t kNameBytesMax = 300;
constexpr std::size_t kUsernameBytesMax = 150;
constexpr std::size_t kCommentBytesMax = 20'000;

CsvShape shape(std::vector<std::string> required, std::vector<std::string> optional = {}) {
  CsvShape shape;
  shape.required = std::move(required);
  shape.optional = std::move(optional);
  return shape;
}

PersonRow person_named(std::string_view name) {
  PersonRow person;
  person.name = required_text(name, "a name", kNameBytesMax);
  return person;
}

// "Actor=Character".
PersonRow actor(std::string_view text) {
  auto equals = std::min(text.find('='), text.size());
  PersonRow person = person_named(text.substr(0, equals));
  if (equals < text.size()) person.character = text_or_nothing(text.substr(equals + 1));
  return person;
}

class Films final : public FilmStage {
 public:
  explicit Films(std::filesystem::path file)
      : FilmStage("films", std::move(file),
                  shape({"title", "original_title", "release_date", "runtime_minutes", "genres",
                         "directors", "cast", "overview"}),
                  Authority::kFills) {}

  void add() override {
    FilmRow film;
    film.line = line();
    film.title = required_text(text(0), "title", kTitleBytesMax);
    film.original_title = text_or_nothing(text(1));
    film.release_date = date_value(text(2), "release_date");
    if (!film.release_date) throw BadRow{"release_date is empty"};
    film.release_year = year_of(*film.release_date);
    film.runtime = runtime_value(text(3), "runtime_minutes");
    film.genres = canonical_genres(split_list(text(4)));
    for (const auto& name : split_list(text(5))) film.directors.push_back(person_named(name));
    for (const auto& entry : split_list(text(6))) film.actors.push_back(actor(entry));
    film.overview = text_or_nothing(text(7));
    if (film.overview) required_text(*film.overview, "overview", kOverviewBytesMax);
    take(std::move(film));
  }
};

class Users final : public Stage {
 public:
  Users(std::filesystem::path file, AccountBook& accounts)
      : Stage("users", std::move(file),
              shape({"username", "email", "password"}, {"birth_date", "bio"})),
        accounts_(accounts) {}

  void add() override {
    AccountRow account;
    account.line = line();
    account.username = required_text(text(0), "username", kUsernameBytesMax);
    account.source_user = account.username;
    account.email = trimmed(text(1));
    account.password = text(2);
    account.birth_date = date_value(text(3), "birth_date").value_or("");
    account.bio = trimmed(text(4));
    rows_.push_back(std::move(account));
  }
  void prepare() override { created_ = accounts_.open(rows_); }
  // The accounts are auth's; nothing is left to write here.
  StoreResult store(db::Tx&) override {
    StoreResult result;
    result.counts.added = created_;
    result.counts.unchanged = static_cast<std::int64_t>(rows_.size()) - created_;
    return result;
  }
  void clear() override {
    rows_.clear();
    created_ = 0;
  }

 private:
  AccountBook& accounts_;
  std::vector<AccountRow> rows_;
  std::int64_t created_ = 0;
};

class Ratings final : public OpinionStage {
 public:
  Ratings(std::filesystem::path file, AccountBook& accounts)
      : OpinionStage("ratings", std::move(file), shape({"username", "title", "year", "rating"}),
                     accounts, false, &store_ratings) {}

  void add() override {
    OpinionRow row;
    row.line = line();
    row.user = required_text(text(0), "username", kUsernameBytesMax);
    row.title = required_text(text(1), "title", kNameBytesMax);
    row.release_year = year_value(text(2), "year");
    row.half_stars = half_stars_value(text(3), "rating");
    take(std::move(row));
  }
};

class Reviews final : public OpinionStage {
 public:
  Reviews(std::filesystem::path file, AccountBook& accounts)
      : OpinionStage("reviews", std::move(file), shape({"username", "title", "year", "comment"}),
                     accounts, false, &store_reviews) {}

  void add() override {
    OpinionRow row;
    row.line = line();
    row.user = required_text(text(0), "username", kUsernameBytesMax);
    row.title = required_text(text(1), "title", kNameBytesMax);
    row.release_year = year_value(text(2), "year");
    row.text = required_text(text(3), "comment", kCommentBytesMax);
    take(std::move(row));
  }
};

}  // namespace

Stages sample_stages(const std::filesystem::path& folder, AccountBook& accounts) {
  Stages stages;
  stages.push_back(std::make_unique<Films>(folder / "films.csv"));
  if (exists(folder / "users.csv")) {
    stages.push_back(std::make_unique<Users>(folder / "users.csv", accounts));
  }
  if (exists(folder / "ratings.csv")) {
    stages.push_back(std::make_unique<Ratings>(folder / "ratings.csv", accounts));
  }
  if (exists(folder / "reviews.csv")) {
    stages.push_back(std::make_unique<Reviews>(folder / "reviews.csv", accounts));
  }
  return stages;
}

}  // namespace marquee::movie::importer
