#include "services/notification/kinds.h"

#include "tests/catch.h"

namespace marquee::notification {
namespace {

TEST_CASE("every kind of the interface has a row, by the name that JSON has") {
  const auto& kinds = *v1::Kind_descriptor();
  CHECK(kinds.value_count() == static_cast<int>(kKinds.size()) + 1);
  for (const auto& row : kKinds) {
    std::string name = kinds.FindValueByNumber(row.kind)->name().substr(sizeof("KIND_") - 1);
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    CHECK(name == row.name);
    CHECK(find_kind(row.name) == &row);
    CHECK(&row_of(row.kind) == &row);
  }
  CHECK(find_kind("nonsense") == nullptr);
  CHECK_THROWS(row_of(v1::KIND_UNSPECIFIED));
}

TEST_CASE("sentences name the last one and count the others") {
  CHECK(sentence("review", "ada", 1, "Heat") == "ada reviewed Heat");
  CHECK(sentence("review", "ada", 2, "Heat") == "ada and 1 other reviewed Heat");
  CHECK(sentence("review", "ada", 3, "Heat") == "ada and 2 others reviewed Heat");
  CHECK(sentence("review", "", 1, "Heat") == "Somebody reviewed Heat");
  CHECK(sentence("movie", "ada", 1, "Heat") == "ada edited Heat");
}

}  // namespace
}  // namespace marquee::notification
