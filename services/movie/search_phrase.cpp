#include "services/movie/search_phrase.h"

#include <algorithm>
#include <cmath>

namespace marquee::movie {
namespace {

// As in search_lists_of(): all films before 1870 and all after 2059 count to one decade each.
constexpr int kFirstDecade = 186;
constexpr int kLastDecade = 206;

std::int64_t list_number(unsigned kind, std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(kind) << 62) |
                                   (static_cast<std::uint64_t>(a) << 31) |
                                   static_cast<std::uint64_t>(b));
}

constexpr unsigned kOtherLists = 3;

std::size_t rarest_three(const std::vector<SearchWord>& words) {
  std::size_t rarest = 0;
  auto size = [&](std::size_t i) { return words[i].size + words[i + 1].size + words[i + 2].size; };
  for (std::size_t i = 1; i + 2 < words.size(); ++i) {
    if (size(i) < size(rarest)) rarest = i;
  }
  return rarest;
}

}  // namespace

std::int64_t words_list(Place place, std::int64_t word, std::int64_t next) {
  return list_number(static_cast<unsigned>(place), word, next);
}

std::int64_t three_words_list(Place place, std::int64_t a, std::int64_t b, std::int64_t c) {
  auto bits = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  constexpr std::uint64_t kWords = (std::uint64_t{1} << 59) - 1;
  return static_cast<std::int64_t>((std::uint64_t{7} << 61) | bits(static_cast<int>(place)) << 59 |
                                   (((bits(a) << 40) ^ (bits(b) << 20) ^ bits(c)) & kWords));
}

std::int64_t year_list(int year) {
  return list_number(kOtherLists, 0, year);
}

std::int64_t decade_list(int year) {
  return list_number(kOtherLists, 1, std::clamp(year / 10, kFirstDecade, kLastDecade));
}

std::int64_t rating_list(int rating) {
  return list_number(kOtherLists, 3, rating);
}

std::int64_t director_list(std::int64_t name) {
  return list_number(kOtherLists, 4, name);
}

std::vector<std::int64_t> year_lists(int first, int last) {
  std::vector<std::int64_t> lists;
  if (first > last) return lists;
  if (first / 10 <= kFirstDecade) {
    lists.push_back(decade_list(first));
    first = (kFirstDecade + 1) * 10;
  }
  for (int year = first; year <= last && year < kLastDecade * 10;) {
    int end_of_decade = year - year % 10 + 9;
    if (year % 10 == 0 && end_of_decade <= last) {
      lists.push_back(decade_list(year));
      year = end_of_decade + 1;
    } else {
      lists.push_back(year_list(year++));
    }
  }
  if (last / 10 >= kLastDecade) lists.push_back(decade_list(last));
  return lists;
}

std::size_t rarest_pair(const std::vector<SearchWord>& words) {
  std::size_t rarest = 0;
  auto size = [&](std::size_t i) { return words[i].size + words[i + 1].size; };
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (size(i) < size(rarest)) rarest = i;
  }
  return rarest;
}

double films_expected(const SearchWord& word) {
  return std::ldexp(0.5, word.size);
}

double films_expected(const SearchWord& word, const SearchWord& next) {
  // Two words hardly go together in more titles than that.
  constexpr double kTogether = 1.0 / 16;
  return std::ldexp(kTogether, std::min(word.size, next.size));
}

ListsOfPhrase lists_of_phrase(const Phrase& phrase, Place place) {
  ListsOfPhrase found;
  if (phrase.size() == 1) {
    for (const auto& word : phrase[0]) {
      found.lists.push_back(words_list(place, word.id, 0));
      found.films += films_expected(word);
    }
    return found;
  }
  if (phrase.size() == 2) {
    for (const auto& word : phrase[0]) {
      for (const auto& next : phrase[1]) {
        found.lists.push_back(words_list(place, word.id, next.id));
        found.films += films_expected(word, next);
      }
    }
    return found;
  }
  std::vector<SearchWord> likest;
  for (const auto& words : phrase) likest.push_back(words.front());
  auto three = rarest_three(likest);
  Place listed = three == 0 && place != Place::kInside ? Place::kBegins : Place::kInside;
  if (place == Place::kWhole && phrase.size() == 3) listed = Place::kWhole;
  found.lists.push_back(
      three_words_list(listed, likest[three].id, likest[three + 1].id, likest[three + 2].id));
  std::string text = " " + text_of(phrase) + " ";
  if (place == Place::kWhole) found.pattern = text;
  if (place == Place::kBegins) found.pattern = text + "_%";
  if (place == Place::kInside) found.pattern = "_%" + text + "%";
  return found;
}

std::string text_of(const Phrase& phrase) {
  std::string text;
  for (const auto& words : phrase) {
    if (!text.empty()) text += ' ';
    text += words.front().text;
  }
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

}  // namespace marquee::movie
