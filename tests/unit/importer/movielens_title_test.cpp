#include "services/movie/importer/movielens_title.h"

#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

struct Case {
  std::string text;
  std::string title;
  std::string original;
  int year;
};

TEST_CASE("MovieLens titles are taken apart") {
  auto c = GENERATE(values<Case>({
      {"Harbour Lights (1995)", "Harbour Lights", "", 1995},
      {"Lighthouse, The (1999)", "The Lighthouse", "", 1999},
      {"Long Winter, A (1950) ", "A Long Winter", "", 1950},
      {"Night Train (Train de nuit, Le) (2001)", "Night Train", "Le Train de nuit", 2001},
      {"Island, The (Isola, L') (1960)", "The Island", "L'Isola", 1960},
      {"Idlers, The (Fannulloni, I) (1953)", "The Idlers", "I Fannulloni", 1953},
      {"Nine (a.k.a. 9ine) (1995)", "Nine", "", 1995},
      {"Max: The Expert (a.k.a. The Expert) (Max) (1994)", "Max: The Expert", "Max", 1994},
      {"Copper (Night Patrol 3) (Ye xun 3) (1992)", "Copper (Night Patrol 3)", "Ye xun 3", 1992},
      {"Sparrow: Or (The Virtue of Silence) (2014)", "Sparrow: Or (The Virtue of Silence)", "",
       2014},
      {"(40) Nights of Autumn (2009)", "(40) Nights of Autumn", "", 2009},
      {"Deep Space 7", "Deep Space 7", "", 0},
      {"Notebook: Nôto (2006–2007)", "Notebook: Nôto", "", 2006},
      {"Notebook (2006-)", "Notebook", "", 2006},
      {"The Trilogy: 1972-1990 (1992)", "The Trilogy: 1972-1990", "", 1992},
      {"Odd (1234)", "Odd", "1234", 0},
      {"Unbalanced) (1999)", "Unbalanced)", "", 1999},
      {"(1999)", "(1999)", "", 0},
      {"Me, Myself (2000)", "Me, Myself", "", 2000},
      {", The (2000)", ", The", "", 2000},
  }));
  CAPTURE(c.text);
  auto parsed = parse_movielens_title(c.text);
  CHECK(parsed.title == c.title);
  CHECK(parsed.original_title.value_or("") == c.original);
  CHECK(parsed.year.value_or(0) == c.year);
}

}  // namespace
}  // namespace marquee::movie::importer
