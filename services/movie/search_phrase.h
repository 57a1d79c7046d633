// Where the films of a phrase are: the lists (migrations 0003, 0005 and 0006) and LIKE patterns of
// titles that are it, begin with it, or have it elsewhere. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/movie/search_words.h"

namespace marquee::movie {

// Kinds of a word's lists, by where in a title it is.
enum class Place : int { kInside = 0, kBegins = 1, kWhole = 2 };

// `next` 0: whatever follows.
std::int64_t words_list(Place place, std::int64_t word, std::int64_t next);
// Of three in a row; may hold titles with others.
std::int64_t three_words_list(Place place, std::int64_t a, std::int64_t b, std::int64_t c);
std::int64_t year_list(int year);
std::int64_t decade_list(int year);
std::int64_t rating_list(int rating);
std::int64_t director_list(std::int64_t name);

// The fewest lists that hold the films of these years, and maybe others.
std::vector<std::int64_t> year_lists(int first, int last);

// For each word of a phrase, the words that it may be.
using Phrase = std::vector<std::vector<SearchWord>>;

// Of two words or more, the first of the two in a row that are likely in the fewest titles.
std::size_t rarest_pair(const std::vector<SearchWord>& words);

// About how many films a list of a word has, or of two in a row.
double films_expected(const SearchWord& word);
double films_expected(const SearchWord& word, const SearchWord& next);

struct ListsOfPhrase {
  std::vector<std::int64_t> lists;
  double films = 0;     // expected
  std::string pattern;  // that titles in the lists must fit; "" if all do
};
// Of phrases of three words or more only the likest words count.
ListsOfPhrase lists_of_phrase(const Phrase& phrase, Place place);

// The texts with one space between, from the likest words.
std::string text_of(const Phrase& phrase);
std::string joined(const std::vector<std::string>& words);

}  // namespace marquee::movie
