// Searching films: row 9 of the review client and row 18 of MovieConnect.
#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

constexpr char kFromDatabase[] = "Results retrieved from database";
constexpr char kFromCache[] = "Results retrieved from cache";

std::string escaped(const std::string& text) {
  std::string result;
  for (unsigned char c : text) {
    const char digits[] = "0123456789ABCDEF";
    if (std::isalnum(c) != 0) {
      result += static_cast<char>(c);
    } else {
      result += {'%', digits[c >> 4], digits[c & 15]};
    }
  }
  return result;
}

// Films of one genre that nothing else is of.
struct Shelf {
  Person owner = new_person();
  std::string word = unique_name("w");
  std::string genre = "Genre " + word;

  std::int64_t add(const std::string& title, double rating = 5,
                   const std::string& date = "2001-01-01",
                   const std::string& director = "Di Rector") const {
    json body = film();
    body.update({{"title", title},
                 {"rating", rating},
                 {"release_date", date},
                 {"genre", "Drama, " + genre},
                 {"director", director}});
    return add_film(owner, body);
  }
  // Ids found in it with these further parameters.
  Ids find(const std::string& parameters) const {
    auto reply = anybody().get("/api/movies/search?genre=" + escaped(genre) + parameters);
    CHECK(success_faults(reply, 200) == "");
    Ids ids = ids_of(reply.json()["data"]);
    return ids;
  }
  std::set<std::int64_t> set(const std::string& parameters) const {
    Ids ids = find(parameters);
    return {ids.begin(), ids.end()};
  }
};

// By the envelope and by cards.
std::pair<Ids, Ids> found_by(const std::string& title) {
  json envelope = anybody().get("/api/movies/search?title=" + escaped(title)).json();
  Ids ids = ids_of(envelope["data"]);
  static HttpClient user = client_of(new_person());
  Ids cards = ids_of(user.get("/api/movie/search/?title=" + escaped(title)).json());
  if (cards.size() > ids.size()) cards.resize(ids.size());
  return {ids, cards};
}

Ids found_both_ways(const std::string& title) {
  auto [ids, cards] = found_by(title);
  CHECK(cards == ids);
  return ids;
}

// Parts and misspelt words of a new title are known to a replica about a second after it was added
// to another. Waits until several answers in a row, each past the caches, have it both ways.
Ids becomes_found_both_ways(const std::string& title, std::int64_t id) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int in_a_row = 0;
  Ids ids;
  for (unsigned ask = 0; in_a_row < 8 && std::chrono::steady_clock::now() < until; ++ask) {
    // Signs do not count, but make it another question to the caches.
    std::string signs = " ";
    for (unsigned bit = 0; bit < 16; ++bit) signs += (ask >> bit & 1U) != 0 ? '!' : ',';
    auto [found, cards] = found_by(title + signs);
    const bool has_it = std::find(found.begin(), found.end(), id) != found.end();
    in_a_row = has_it && found == cards ? in_a_row + 1 : 0;
    ids = std::move(found);
  }
  CHECK(in_a_row == 8);
  return ids;
}

using IdSet = std::set<std::int64_t>;

}  // namespace

TEST_CASE("the review client's search answers an envelope of films") {
  Shelf shelf;
  auto id = shelf.add("Lanternfish " + shelf.word);
  const std::string path = "/api/movies/search?title=" + escaped("lanternfish " + shelf.word);
  auto reply = anybody().get(path);
  CHECK(message_faults(reply, 200, kFromDatabase) == "");
  json found = reply.json()["data"];
  CHECK(shapes_faults(found, kMovieShape) == "");
  REQUIRE(found.size() == 1);
  HttpClient client = anybody();
  CHECK(found[0] == movie_of(client, id));

  // Word of the shelf's own making may come in over the bus and drop the answer again.
  auto again = anybody().get(path);
  testing::eventually([&] {
    again = anybody().get(path);
    return again.json()["message"] == kFromCache;
  });
  CHECK(message_faults(again, 200, kFromCache) == "");
  CHECK(again.json()["data"] == found);

  for (const char* all :
       {"/api/movies/search", "/api/movies/search/", "/api/movies/search?title="}) {
    CAPTURE(all);
    json body = anybody().get(all).json();
    CHECK(body["data"].size() == 20);
    CHECK(body["message"].is_string());
  }
  json nothing = anybody().get("/api/movies/search?genre=" + unique_name("none")).json();
  CHECK(nothing["data"] == json::array());
  CHECK(nothing["message"] == kFromDatabase);
}

TEST_CASE("MovieConnect's search answers cards, by GET and by POST") {
  Shelf shelf;
  auto id = shelf.add("Lanternfish " + shelf.word);
  HttpClient client = client_of(shelf.owner);
  const std::string title = "LANTERNFISH " + shelf.word;
  for (const char* path : {"/api/movie/search/", "/api/movie/search"}) {
    CAPTURE(path);
    for (const auto& reply : {client.get(path + ("?title=" + escaped(title))),
                              client.post(path, with_unknown_fields({{"title", title}})),
                              client.post(path + ("?title=" + escaped(title)), json::object())}) {
      CHECK(success_faults(reply, 200) == "");
      CHECK(shapes_faults(reply.json(), kMovieCardShape) == "");
      CHECK(ids_of(reply.json()) == Ids{id});
    }
    const std::string text = "No search query provided.";
    for (const char* query : {"", "?title=", "?title=%20+", "?username=x"}) {
      CAPTURE(query);
      CHECK(error_faults(client.get(std::string(path) + query), 400, text) == "");
    }
    for (const json& body : {json::object(), json{{"title", ""}}, json{{"title", nullptr}}}) {
      CHECK(error_faults(client.post(path, body), 400, text) == "");
    }
    CHECK(field_faults(client.post(path, {{"title", 5}}), "title") == "");
    CHECK(error_faults(anybody().get(path + std::string("?title=a")), 401) == "");
    CHECK(error_faults(anybody().post(path, {{"title", "a"}}), 401) == "");
  }
}

TEST_CASE("a title is found by its parts, in any case, without accents, and misspelt") {
  Shelf shelf;
  auto id = shelf.add("Zürcher Ångström Quixotry " + shelf.word);
  for (const char* typed : {"Zürcher Ångström Quixotry", "zurcher angstrom quixotry",
                            "ZÜRCHER ÅNGSTRÖM QUIXOTRY", "Zurcher Angström Quixottry"}) {
    CAPTURE(typed);
    Ids found = becomes_found_both_ways(std::string(typed) + " " + shelf.word, id);
    REQUIRE_FALSE(found.empty());
    CHECK(found.front() == id);
  }
  // Nothing else holds these.
  for (const char* part : {"ngstrom quix", "quixotry", "quixottry", "qiuxotry", "zurchr angstrm"}) {
    CAPTURE(part);
    Ids found = becomes_found_both_ways(part, id);
    CHECK(std::find(found.begin(), found.end(), id) != found.end());
  }
}

TEST_CASE("the title itself comes first, then titles that begin with it, then those that hold it") {
  Shelf shelf;
  const std::string word = shelf.word;
  auto holds = shelf.add("The " + word, 10);
  auto begins = shelf.add(word + " Returns", 9);
  auto whole = shelf.add(word, 1);
  CHECK(found_both_ways(word) == Ids{whole, begins, holds});
}

TEST_CASE("signs in a title are looked for as they are") {
  Shelf shelf;
  for (const char* sign : {"100% Wolf", "snake_case", "back\\slash", "it's", "\"quoted\"", "a;b--c",
                           "8½", "七人の侍"}) {
    CAPTURE(sign);
    auto id = shelf.add(std::string(sign) + " " + shelf.word);
    CHECK(shelf.find("&title=" + escaped(sign)) == Ids{id});
  }
  // No wildcard, and too far from every title to be a misspelling.
  CHECK(shelf.find("&title=" + escaped("0%o")).empty());
  CHECK(shelf.find("&title=" + escaped("s_ake")).empty());
}

TEST_CASE("filters of a search hold together") {
  Shelf shelf;
  const std::string w = " " + shelf.word;
  auto old_bad = shelf.add("Alpha" + w, 2, "1990-05-05", "Ada Lens " + shelf.word);
  auto mid = shelf.add("Beta" + w, 5, "2000-05-05", "Ada Lens " + shelf.word + ", Bo Cut");
  auto new_good = shelf.add("Alpha Two" + w, 9.5, "2010-05-05", "Éva Frame " + shelf.word);
  const std::vector<std::pair<std::string, IdSet>> cases = {
      {"", {old_bad, mid, new_good}},
      {"&min_rating=5", {mid, new_good}},
      {"&min_rating=5.1", {new_good}},
      {"&max_rating=5", {old_bad, mid}},
      {"&min_rating=2&max_rating=2", {old_bad}},
      {"&min_rating=3&max_rating=6&no_such=1", {mid}},
      {"&min_rating=9&max_rating=1", {}},
      {"&min_rating=&max_rating=", {old_bad, mid, new_good}},
      {"&year=2000", {mid}},
      {"&min_year=2000", {mid, new_good}},
      {"&max_year=1999", {old_bad}},
      {"&min_year=1991&max_year=2009", {mid}},
      {"&year=2000&min_year=2001", {}},
      {"&director=ada+lens", {old_bad, mid}},
      {"&director=eva+frame+" + shelf.word, {new_good}},
      {"&director=nobody+" + shelf.word, {}},
      {"&title=alpha", {old_bad, new_good}},
      {"&title=alpha&min_rating=5&director=frame&year=2010", {new_good}},
      {"&title=alpha&genre=" + escaped("Nothing" + shelf.word), {}},
  };
  for (const auto& [parameters, expected] : cases) {
    CAPTURE(parameters);
    CHECK(shelf.set(parameters) == expected);
  }
  std::string upper = shelf.genre;
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  for (const auto& part : {upper, shelf.word}) {
    CHECK(anybody().get("/api/movies/search?genre=" + escaped(part)).json()["data"].size() == 3);
  }
}

TEST_CASE("a rating by users counts in the filters at once") {
  Shelf shelf;
  auto id = shelf.add("Gamma " + shelf.word, 2);
  CHECK(shelf.find("&min_rating=9").empty());
  REQUIRE(client_of(shelf.owner).post(detail_path(id, "/rate/"), {{"rating", 5}}).status == 201);
  CHECK(shelf.find("&min_rating=9") == Ids{id});
  CHECK(shelf.find("&max_rating=3").empty());
}

TEST_CASE("a parameter of the wrong type is named") {
  HttpClient client = anybody();
  for (const char* field :
       {"min_rating", "max_rating", "year", "min_year", "max_year", "limit", "page"}) {
    for (const char* value : {"abc", "1e999", "5,5", "NaN", "Infinity", "0x10", "1%202"}) {
      CAPTURE(field, value);
      auto reply = client.get(std::string("/api/movies/search?") + field + "=" + value);
      CHECK(field_faults(reply, field) == "");
      if (std::string(value) == "abc") {
        CHECK(error_faults(reply, 400, std::string("Invalid ") + field + " format") == "");
      }
    }
  }
  for (const char* field : {"min_rating", "max_rating"}) {
    for (const char* value : {"-1", "10.5", "1e300"}) {
      CAPTURE(field, value);
      auto reply = client.get(std::string("/api/movies/search?") + field + "=" + value);
      CHECK(error_faults(reply, 400, std::string("Invalid ") + field + " format") == "");
    }
  }
  std::string longest(5'000, 'a');
  for (const char* field : {"title", "genre", "director"}) {
    CAPTURE(field);
    CHECK(field_faults(client.get(std::string("/api/movies/search?") + field + "=" + longest),
                       field) == "");
  }
}

TEST_CASE("a search comes in parts") {
  Shelf shelf;
  Ids all;
  // Equal and different weights.
  for (double rating : {9.0, 8.0, 8.0, 8.0, 3.0}) {
    all.push_back(shelf.add("Delta " + unique_name("d"), rating));
  }
  HttpClient client = anybody();
  const std::string base = "/api/movies/search?genre=" + escaped(shelf.genre);
  Ids whole = ids_of(client.get(base).json()["data"]);
  CHECK(std::set<std::int64_t>(whole.begin(), whole.end()) == IdSet(all.begin(), all.end()));
  CHECK(whole.front() == all.front());
  CHECK(whole.back() == all.back());
  for (const char* title : {"", "&title=delta"}) {
    CAPTURE(title);
    std::vector<std::size_t> sizes;
    CHECK(walk(client, base + title + "&limit=2", "data", &sizes) == whole);
    CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
    Ids by_page;
    for (const char* page : {"&page=1", "&page=2", "&page=3", "&page=4"}) {
      Ids ids = ids_of(client.get(base + title + "&limit=2" + page).json()["data"]);
      by_page.insert(by_page.end(), ids.begin(), ids.end());
    }
    CHECK(by_page == whole);
  }
  auto first = client.get(base + "&limit=2");
  auto cursor = first.json().value("next_cursor", "");
  CHECK_FALSE(cursor.empty());
  CHECK(next_link(first) == base + "&limit=2&cursor=" + cursor);
  CHECK(next_link(client.get(base)) == "");
  CHECK(field_faults(client.get(base + "&cursor=!!"), "cursor", "Invalid cursor") == "");
  CHECK(client.get("/api/movies/search?limit=100000").json()["data"].size() == 100);
}
