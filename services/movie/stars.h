// The rating scales and the ways between them. Stored: half stars, 0-10. Shown: 0-10 (`rating` of
// Movie), 0.5-5 (ratings) and 0-5 (reviews). Any thread.
#pragma once

#include <cstdint>

namespace marquee::movie {

// A review's 0-5 or a rating's 0.5-5 rounded to the nearest half star. `stars` within 0-5.
int half_stars_of(double stars);
double stars_of(int half_stars);
// Mean of `count` > 0 ratings that sum up to `half_stars`, in stars rounded to one decimal.
double average_stars(std::int64_t half_stars, std::int64_t count);

// These throw INVALID_ARGUMENT unless the value is a number within the range; the range is checked
// before rounding.
int check_rating(double stars);                  // 0.5-5, as half stars
int check_review_rating(double stars);           // 0-5, as half stars
double check_external_rating(double out_of_10);  // 0-10

}  // namespace marquee::movie
