#include "services/movie/cursor.h"

#include <limits>

#include "libs/core/error.h"
#include "libs/core/ids.h"
#include "tests/catch.h"

namespace marquee::movie {
namespace {

TEST_CASE("a cursor comes back as it was made") {
  std::vector<std::int64_t> values = {0, -1, std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min()};
  CHECK(decode_cursor("list", encode_cursor("list", values), 4) == values);
  CHECK(cursor_double(cursor_bits(7.123456789)) == 7.123456789);
}

TEST_CASE("what is not a cursor of the list is refused") {
  auto good = encode_cursor("list", {1, 2});
  CHECK_THROWS_AS(decode_cursor("list", good, 1), Error);
  CHECK_THROWS_AS(decode_cursor("other", good, 2), Error);
  CHECK_THROWS_AS(decode_cursor("lis", good, 2), Error);
  CHECK_THROWS_AS(decode_cursor("list", "", 0 + 1), Error);
  CHECK_THROWS_AS(decode_cursor("list", "%%%", 2), Error);
  CHECK_THROWS_AS(decode_cursor("list", std::string(10'000, 'A'), 2), Error);
  for (const char* text : {"list:1", "list:1:", "list:1:x", "list:1:2:3", "list 1:2", "list:1:2 ",
                           "list:1:99999999999999999999", "list:+1:2"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(decode_cursor("list", base64url_encode(text), 2), Error);
  }
  CHECK_THROWS_AS(cursor_double(cursor_bits(std::numeric_limits<double>::quiet_NaN())), Error);
  CHECK_THROWS_AS(decode_time_cursor("t", encode_cursor("t", {-1, 3})), Error);
  CHECK_THROWS_AS(
      decode_time_cursor("t", encode_cursor("t", {std::numeric_limits<std::int64_t>::max(), 3})),
      Error);
}

}  // namespace
}  // namespace marquee::movie
