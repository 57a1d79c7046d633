#include "services/movie/stars.h"

#include <cmath>

#include "libs/core/error.h"

namespace marquee::movie {

int half_stars_of(double stars) {
  return static_cast<int>(std::lround(stars * 2));
}

double stars_of(int half_stars) {
  return half_stars / 2.0;
}

double average_stars(std::int64_t half_stars, std::int64_t count) {
  double mean = static_cast<double>(half_stars) / static_cast<double>(count) / 2;
  return std::round(mean * 10) / 10;
}

int check_rating(double stars) {
  // Written so that NaN fails.
  if (!(stars >= 0.5 && stars <= 5)) {
    throw Error::invalid("rating_out_of_range", "Rating must be between 0.5 and 5")
        .field("rating", "Rating must be between 0.5 and 5");
  }
  return half_stars_of(stars);
}

int check_review_rating(double stars) {
  if (std::isnan(stars)) {
    throw Error::invalid("rating_not_a_number", "Rating must be a number")
        .field("rating", "Rating must be a number");
  }
  if (!(stars >= 0 && stars <= 5)) {
    throw Error::invalid("rating_out_of_range", "Rating must be between 0 and 5")
        .field("rating", "Rating must be between 0 and 5");
  }
  return half_stars_of(stars);
}

double check_external_rating(double out_of_10) {
  if (!(out_of_10 >= 0 && out_of_10 <= 10)) {
    throw Error::invalid("rating_out_of_range", "Rating must be between 0 and 10")
        .field("rating", "Rating must be between 0 and 10");
  }
  return out_of_10;
}

}  // namespace marquee::movie
