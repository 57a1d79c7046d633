// Films that tests make for themselves, and looks at them through both clients' shapes.
#pragma once

#include <cstdint>
#include <string>

#include "tests/e2e/people.h"

namespace marquee::e2e {

// The body of POST /api/movies with a title that no other film has.
json film();
// Adds it; its id. Throws when it is refused.
std::int64_t add_film(const Person& owner, const json& body = film());

// GET /api/movies/{id} and GET /api/movie/{id}/ as `client`; null where that is not 200.
json movie_of(HttpClient& client, std::int64_t id);
json detail_of(HttpClient& client, std::int64_t id);

std::string movie_path(std::int64_t id, const std::string& rest = {});    // /api/movies/{id}...
std::string detail_path(std::int64_t id, const std::string& rest = "/");  // /api/movie/{id}/...

// No film and no user has it.
inline constexpr std::int64_t kNobody = 987'654'321'000;

}  // namespace marquee::e2e
