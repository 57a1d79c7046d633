#include "services/movie/film_card.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/core/error.h"

namespace marquee::movie {
namespace {

// In the order of the view movie_cards_now.
enum Field : std::uint8_t {
  kTitle,
  kOverview,
  kGenre,
  kPosterUrl,
  kReleaseDate,
  kDirector,
  kRuntime,
  kAdult,
  kTrailerUrl,
  kOriginalTitle,
  kImdbId,
  kTmdbId,
  kMovielensId,
  kCreatedBy,
  kReleaseYear,
  kFields
};

[[noreturn]] void unreadable() {
  throw Error(Code::kInternal, "unreadable_card", "Internal server error");
}

template <typename Number>
Number number_of(std::string_view text) {
  Number value = 0;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) unreadable();
  return value;
}

class Card {
 public:
  explicit Card(std::string_view packed) {
    const char* at = packed.data();
    const char* end = at + packed.size();
    std::array<std::optional<std::size_t>, kFields> lengths;
    for (int field = 0; field < kFields; ++field) {
      std::size_t length = 0;
      auto number = std::from_chars(at, end, length);
      if (number.ec == std::errc()) lengths[field] = length;
      at = number.ptr;
      if (at == end || *at != (field + 1 < kFields ? ',' : ':')) unreadable();
      ++at;
    }
    for (int field = 0; field < kFields; ++field) {
      if (!lengths[field]) continue;
      if (*lengths[field] > static_cast<std::size_t>(end - at)) unreadable();
      texts_[field] = std::string_view(at, *lengths[field]);
      at += *lengths[field];
    }
    if (at != end) unreadable();
  }

  template <typename Set>
  void text(Field field, Set set) const {
    if (texts_[field]) set(std::string(*texts_[field]));
  }

  template <typename Set>
  void number(Field field, Set set) const {
    if (texts_[field]) set(number_of<std::int64_t>(*texts_[field]));
  }

 private:
  std::array<std::optional<std::string_view>, kFields> texts_;
};

}  // namespace

void read_card(std::string_view fields, v1::Movie& movie) {
  Card card(fields);
  card.text(kTitle, [&](std::string value) { movie.set_title(std::move(value)); });
  card.text(kOverview, [&](std::string value) { movie.set_overview(std::move(value)); });
  card.text(kGenre, [&](std::string value) { movie.set_genre(std::move(value)); });
  card.text(kPosterUrl, [&](std::string value) { movie.set_poster_url(std::move(value)); });
  card.text(kReleaseDate, [&](std::string value) { movie.set_release_date(std::move(value)); });
  card.text(kDirector, [&](std::string value) { movie.set_director(std::move(value)); });
  card.text(kTrailerUrl, [&](std::string value) { movie.set_trailer_url(std::move(value)); });
  card.text(kOriginalTitle, [&](std::string value) { movie.set_original_title(std::move(value)); });
  card.text(kImdbId, [&](std::string value) { movie.set_imdb_id(std::move(value)); });
  card.number(kRuntime, [&](auto value) { movie.set_runtime(static_cast<int>(value)); });
  card.number(kAdult, [&](auto value) { movie.set_adult(value != 0); });
  card.number(kTmdbId, [&](auto value) { movie.set_tmdb_id(value); });
  card.number(kMovielensId, [&](auto value) { movie.set_movielens_id(value); });
  card.number(kCreatedBy, [&](auto value) { movie.set_created_by(value); });
  card.number(kReleaseYear, [&](auto value) { movie.set_release_year(static_cast<int>(value)); });
}

void read_rated_card(std::string_view packed, v1::Movie& movie) {
  auto part = [&packed] {
    auto comma = packed.find(',');
    if (comma == std::string_view::npos) unreadable();
    auto text = packed.substr(0, comma);
    packed.remove_prefix(comma + 1);
    return text;
  };
  if (auto text = part(); !text.empty()) {
    double rating = number_of<double>(text);
    movie.set_rating(rating);
    movie.set_average_rating(rating);
  }
  movie.set_rating_count(number_of<std::int64_t>(part()));
  read_card(packed, movie);
}

}  // namespace marquee::movie
