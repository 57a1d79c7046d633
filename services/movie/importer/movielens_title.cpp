#include "services/movie/importer/movielens_title.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "services/movie/importer/field_values.h"

namespace marquee::movie::importer {
namespace {

constexpr int kYearMin = 1850;
constexpr int kYearMax = 2200;

constexpr std::array<std::string_view, 36> kArticles = {
    "The", "A",   "An",  "Le",  "La",  "Les", "L'",  "Un",  "Une", "Des", "Il",  "Lo",
    "Gli", "I",   "Uno", "Una", "El",  "Los", "Las", "Der", "Die", "Das", "Ein", "Eine",
    "Den", "Det", "De",  "En",  "Ett", "Et",  "Het", "Een", "O",   "Os",  "As",  "Um"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Cuts a balanced "(...)" off the end; nothing when `text` does not end with one, or is nothing
// else.
std::optional<std::string_view> cut_group(std::string_view& text) {
  if (text.empty() || text.back() != ')') return std::nullopt;
  int depth = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && --depth == 0) {
      auto rest = trimmed(text.substr(0, i));
      if (rest.empty()) return std::nullopt;
      auto group = trimmed(text.substr(i + 1, text.size() - i - 2));
      text = rest;
      return group;
    }
  }
  return std::nullopt;
}

// "1995", "2006-2007", "2006–2007", "2006-".
std::optional<int> year_of_group(std::string_view group) {
  if (group.size() < 4 || !std::all_of(group.begin(), group.begin() + 4, is_digit)) {
    return std::nullopt;
  }
  auto rest = group.substr(4);
  for (std::string_view dash : {"-", "\xe2\x80\x93"}) {
    if (rest.substr(0, dash.size()) == dash) {
      rest.remove_prefix(dash.size());
      if (rest.size() == 4 && std::all_of(rest.begin(), rest.end(), is_digit)) rest = {};
      break;
    }
  }
  if (!rest.empty()) return std::nullopt;
  int year = std::stoi(std::string(group.substr(0, 4)));
  if (year < kYearMin || year > kYearMax) return std::nullopt;
  return year;
}

bool is_also_known_as(std::string_view group) {
  std::string start(group.substr(0, 7));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return start.rfind("a.k.a.", 0) == 0 || start.rfind("aka ", 0) == 0;
}

// "Birdman: Or (The Unexpected Virtue of Ignorance)": the group is the title's own second half.
bool leads_into_group(std::string_view title) {
  auto ends_with = [&](std::string_view end) {
    return title.size() >= end.size() && title.substr(title.size() - end.size()) == end;
  };
  return ends_with(" Or") || ends_with(" or") || ends_with(":") || ends_with(",");
}

}  // namespace

std::string with_article_first(std::string_view title) {
  auto comma = title.rfind(", ");
  if (comma == std::string_view::npos || comma == 0) return std::string(title);
  auto article = trimmed(title.substr(comma + 2));
  if (std::find(kArticles.begin(), kArticles.end(), article) == kArticles.end()) {
    return std::string(title);
  }
  std::string moved(article);
  if (article.back() != '\'') moved += ' ';
  return moved.append(trimmed(title.substr(0, comma)));
}

MovielensTitle parse_movielens_title(std::string_view text) {
  MovielensTitle result;
  std::string_view main = trimmed(text);
  std::string_view before_year = main;
  if (auto group = cut_group(before_year)) {
    result.year = year_of_group(*group);
    if (result.year) main = before_year;
  }
  for (;;) {
    std::string_view rest = main;
    auto group = cut_group(rest);
    if (!group || leads_into_group(rest)) break;
    bool other_name = is_also_known_as(*group);
    if (!other_name) {
      if (result.original_title || group->empty()) break;
      result.original_title = with_article_first(*group);
    }
    main = rest;
  }
  result.title = with_article_first(main);
  if (result.original_title == result.title) result.original_title.reset();
  return result;
}

}  // namespace marquee::movie::importer
