#include "libs/core/text.h"

#include "tests/catch.h"

namespace marquee {
namespace {

TEST_CASE("blanks of any alphabet are trimmed") {
  CHECK(trimmed("  a b\t\r\n") == "a b");
  CHECK(trimmed("\xC2\xA0\xE2\x80\x8B x \xE3\x80\x80") == "x");
  CHECK(trimmed(" \xE2\x80\x89 \xEF\xBB\xBF").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("characters are code points") {
  CHECK(characters("Am\xC3\xA9lie") == 6);
  CHECK(characters("\xF0\x9F\x8E\xAC") == 1);
}

}  // namespace
}  // namespace marquee
