// Films of several stages of a search (see SearchStore) read in one statement. Made for one call,
// as its SearchQuery is.
#pragma once

#include <string>
#include <vector>

#include "services/movie/search_query.h"

namespace marquee::movie {

// Lists to be read in one statement, each with its stage and the patterns that its titles must fit.
struct Stages {
  SearchQuery::Lists lists, stages;
  std::vector<std::string> patterns;
  bool by_title = false;
  double films = 0;  // expected in the lists

  void add(std::int64_t stage, const SearchQuery::Lists& more, double expected,
           const std::string& pattern = "");
};

// The lists of a phrase in `stage`, of three stages of which the last is `inside`.
ListsOfPhrase lists_in_stage(const Phrase& phrase, std::int64_t inside, std::int64_t stage);
void add_in_order(Stages& stages, const Phrase& phrase, std::int64_t inside);

// Films of all these stages, best first; each film in its first stage.
std::vector<SearchQuery::Found> read_stages(SearchQuery& query, const Stages& stages);

// Adds them to query.found, where the films of the stages before these all are, until it is full.
void add_all(SearchQuery& query, const Stages& stages);

}  // namespace marquee::movie
