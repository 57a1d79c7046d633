#include "services/movie/search_words.h"

#include "services/movie/search_phrase.h"
#include "tests/catch.h"

namespace marquee::movie {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("words lie between spaces and ASCII signs") {
  CHECK(split_words("").empty());
  CHECK(split_words(" %-_ \\ ").empty());
  CHECK(split_words("the matrix") == Words{"the", "matrix"});
  CHECK(split_words("100% wolf: it's a;b--c") == Words{"100", "wolf", "it", "s", "a", "b", "c"});
  CHECK(split_words("\xE4\xB8\x83\xE4\xBA\xBA x") == Words{"\xE4\xB8\x83\xE4\xBA\xBA", "x"});
}

TEST_CASE("a typing error is one letter wrong, missing, too many, or two swapped") {
  CHECK(typing_errors("matrix", "matrix") == 0);
  CHECK(typing_errors("matrx", "matrix") == 1);
  CHECK(typing_errors("mattrix", "matrix") == 1);
  CHECK(typing_errors("matrux", "matrix") == 1);
  CHECK(typing_errors("martix", "matrix") == 1);
  CHECK(typing_errors("", "abc") == 3);
  CHECK(typing_errors("abc", "") == 3);
  CHECK(typing_errors("kitten", "sitting") == 3);
}

TEST_CASE("years are looked for by decade where all of it is meant") {
  CHECK(year_lists(1999, 1998).empty());
  CHECK(year_lists(1999, 1999) == std::vector{year_list(1999)});
  CHECK(year_lists(1990, 1999) == std::vector{decade_list(1990)});
  CHECK(year_lists(1989, 2001) ==
        std::vector{year_list(1989), decade_list(1990), year_list(2000), year_list(2001)});
  // Films before 1870 and after 2059 count to one decade each.
  CHECK(year_lists(1, 1870) == std::vector{decade_list(1), year_list(1870)});
  CHECK(decade_list(1) == decade_list(1869));
  CHECK(year_lists(2059, 9'999) == std::vector{year_list(2059), decade_list(2060)});
  CHECK(year_lists(-2'147'483'647 - 1, 2'147'483'647).size() == 21);
  CHECK(year_lists(1'000, 1'500) == std::vector{decade_list(1)});
  CHECK(year_lists(3'000, 4'000) == std::vector{decade_list(9'999)});
}

TEST_CASE("a phrase of three words or more is looked for by its rarest three in a row") {
  SearchWord the{1, "the", 12}, lord{2, "lord", 5}, of{3, "of", 11}, rings{4, "rings", 3};
  Phrase phrase{{the}, {lord}, {of}, {the}, {rings}};
  CHECK(rarest_pair({the, lord, of, the, rings}) == 3);
  auto whole = lists_of_phrase(phrase, Place::kWhole);
  CHECK(whole.lists == std::vector{three_words_list(Place::kInside, 3, 1, 4)});
  CHECK(whole.pattern == " the lord of the rings ");
  CHECK(lists_of_phrase(phrase, Place::kBegins).pattern == " the lord of the rings _%");
  CHECK(lists_of_phrase(phrase, Place::kInside).pattern == "_% the lord of the rings %");

  Phrase first{{lord}, {rings}, {the}};
  CHECK(lists_of_phrase(first, Place::kBegins).lists ==
        std::vector{three_words_list(Place::kBegins, 2, 4, 1)});
  Phrase two{{lord, rings}, {of}};
  auto lists = lists_of_phrase(two, Place::kWhole);
  CHECK(lists.lists ==
        std::vector{words_list(Place::kWhole, 2, 3), words_list(Place::kWhole, 4, 3)});
  CHECK(lists.pattern.empty());
}

}  // namespace
}  // namespace marquee::movie
