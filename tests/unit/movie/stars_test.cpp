#include "services/movie/stars.h"

#include <cmath>
#include <limits>

#include "libs/core/error.h"
#include "tests/catch.h"

namespace marquee::movie {
namespace {

std::string refusal(int (*check)(double), double value) {
  try {
    check(value);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST_CASE("stars are rounded to the nearest half") {
  CHECK(check_rating(0.5) == 1);
  CHECK(check_rating(3.24) == 6);
  CHECK(check_rating(3.26) == 7);
  CHECK(check_rating(4.75) == 10);
  CHECK(check_rating(5) == 10);
  CHECK(check_review_rating(0) == 0);
  CHECK(check_review_rating(0.1) == 0);
  CHECK(stars_of(7) == 3.5);
}

TEST_CASE("ranges hold before rounding") {
  const std::string rating = "Rating must be between 0.5 and 5";
  const std::string review = "Rating must be between 0 and 5";
  double infinity = std::numeric_limits<double>::infinity();
  CHECK(refusal(check_rating, 0.49) == rating);
  CHECK(refusal(check_rating, 0) == rating);
  CHECK(refusal(check_rating, 5.01) == rating);
  CHECK(refusal(check_rating, std::nan("")) == rating);
  CHECK(refusal(check_rating, infinity) == rating);
  CHECK(refusal(check_review_rating, -0.01) == review);
  CHECK(refusal(check_review_rating, 5.2) == review);
  CHECK(refusal(check_review_rating, -infinity) == review);
  CHECK(refusal(check_review_rating, std::nan("")) == "Rating must be a number");
  CHECK(check_external_rating(9.3) == 9.3);
  CHECK_THROWS_AS(check_external_rating(10.01), Error);
  CHECK_THROWS_AS(check_external_rating(std::nan("")), Error);
}

TEST_CASE("the mean is shown in stars with one decimal") {
  CHECK(average_stars(10, 1) == 5);
  CHECK(average_stars(20, 3) == 3.3);
  CHECK(average_stars(0, 4) == 0);
}

}  // namespace
}  // namespace marquee::movie
