#include "tests/e2e/films.h"

#include <stdexcept>

namespace marquee::e2e {

json film() {
  return {{"title", "Film " + unique_name("of")},
          {"description", "Two people meet in a test."},
          {"rating", 7.5},
          {"genre", "Action, Crime, Drama"},
          {"poster_url", "https://example.org/poster.jpg"},
          {"release_date", "2008-07-18"},
          {"director", "Ada Example"},
          {"runtime", 152}};
}

std::int64_t add_film(const Person& owner, const json& body) {
  auto reply = client_of(owner).post("/api/movies", body);
  if (reply.status != 201) throw std::runtime_error("no film was added: " + reply.body);
  return reply.json().value("id", std::int64_t{0});
}

json movie_of(HttpClient& client, std::int64_t id) {
  auto reply = client.get(movie_path(id));
  return reply.status == 200 ? reply.json() : json();
}

json detail_of(HttpClient& client, std::int64_t id) {
  auto reply = client.get(detail_path(id));
  return reply.status == 200 ? reply.json() : json();
}

std::string movie_path(std::int64_t id, const std::string& rest) {
  return "/api/movies/" + std::to_string(id) + rest;
}

std::string detail_path(std::int64_t id, const std::string& rest) {
  return "/api/movie/" + std::to_string(id) + rest;
}

}  // namespace marquee::e2e
