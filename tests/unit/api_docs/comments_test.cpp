#include "libs/api_docs/comments.h"

#include "tests/catch.h"

namespace marquee::api_docs {
namespace {

TEST_CASE("lines of a comment are joined, paragraphs and items stay") {
  CHECK(joined_lines(" One\n two.\n") == "One two.");
  CHECK(joined_lines(" One.\n\n Two.\n") == "One.\n\nTwo.");
  CHECK(joined_lines(" Either:\n - this\n - that\n") == "Either:\n- this\n- that");
  CHECK(joined_lines("") == "");
}

TEST_CASE("a summary is the first sentence, whatever stands in quotes") {
  CHECK(first_sentence("Rates a film. 404 \"No.\".") == "Rates a film");
  CHECK(first_sentence("Says \"a. b\" to 0.5 people") == "Says \"a. b\" to 0.5 people");
  CHECK(first_sentence("One film.") == "One film");
}

TEST_CASE("ranges, lengths and defaults are read from a field's comment") {
  auto rating = facts_of("Required. 0.5-5 stars, such as 4.5; rounded to half stars.");
  CHECK(rating.required);
  CHECK(rating.minimum == 0.5);
  CHECK(rating.maximum == 5);
  CHECK(rating.example == "4.5");

  auto name = facts_of("1-10,000 characters: \"Better, 1-2.\".");
  CHECK_FALSE(name.required);
  CHECK(name.characters_min == 1u);
  CHECK(name.characters_max == 10'000u);
  CHECK_FALSE(name.minimum);
  CHECK(name.example == "Better, 1-2.");

  auto limit = facts_of("Films a page. Default 20, at most 100; more counts as 100.");
  CHECK(limit.default_value == 20);
  CHECK(limit.maximum == 100);
  CHECK_FALSE(limit.minimum);

  CHECK(facts_of("At most 2,000 characters.").characters_max == 2'000u);
  CHECK(facts_of("In billing order, at most 500.").items_max == 500u);
  CHECK(facts_of("From 1; beside `cursor` ignored.").minimum == 1);
  CHECK(facts_of("0-6,000 minutes, such as 81.").maximum == 6'000);
}

TEST_CASE("forms and absence are read from a field's comment") {
  CHECK(facts_of("A day, YYYY-MM-DD.").is_date);
  CHECK(facts_of("An address, http or https.").is_url);
  CHECK(facts_of("Null until it is edited.").may_be_null);
  CHECK_FALSE(facts_of("Says \"null\".").may_be_null);
}

TEST_CASE("numbers that are no limits are none") {
  auto facts = facts_of("IMDb's id: \"tt0114709\"; RFC 7517, page 3-x, ISO-8601, a1-2.");
  CHECK_FALSE(facts.minimum);
  CHECK_FALSE(facts.maximum);
  CHECK_FALSE(facts.characters_max);
  CHECK(facts.example == "tt0114709");
  auto nothing = facts_of("Required, here or in the query.");
  CHECK_FALSE(nothing.required);
  CHECK_FALSE(nothing.example);
}

TEST_CASE("errors are read from an RPC's comment by status and text") {
  auto errors = errors_in(
      "Rates a film (201 the first time). 400 \"Rating is required\" (or so), \"Between 0 and 5\"; "
      "404 \"Movie not found.\" else. It says \"nothing\" to 1,400 people. 400 \"Third\".");
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].status == 400);
  CHECK(errors[0].messages ==
        std::vector<std::string>{"Rating is required", "Between 0 and 5", "Third"});
  CHECK(errors[1].status == 404);
  CHECK(errors[1].messages == std::vector<std::string>{"Movie not found."});
  CHECK(errors_in("The first 5,000 of \"403\" or 4000.").empty());
}

}  // namespace
}  // namespace marquee::api_docs
