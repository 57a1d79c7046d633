// Fault 10: everything is started anew, in an order that nobody chose.
#include <algorithm>
#include <iostream>
#include <random>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/people.h"
#include "tests/e2e/suite.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

// Something that each part but the bus takes part in.
bool healthy(const Person& person, const std::string& film) {
  auto client = anybody();
  for (const auto& path : {film, std::string("/api/chat/rooms/MOVIES/messages")}) {
    if (client.get(path).status != 200) return false;
  }
  if (client_of(person).get("/notifications").status != 200) return false;
  auto reply =
      client.post("/api/auth/login", {{"email", person.email}, {"password", person.password}});
  return reply.status == 200;
}

}  // namespace

TEST_CASE("Whatever restarts in whatever order, all is well within 20 s") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  const Person person = new_person();
  std::vector<std::string> parts = {"auth",    "movie", "rooms",   "notification",
                                    "gateway", "nats",  "postgres"};
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const int rounds = full() ? 20 : 1;
  double slowest = 0;
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(parts.begin(), parts.end(), random);
    const auto began = Clock::now();
    for (const auto& part : parts) {
      std::string output;
      CAPTURE(part, output);
      REQUIRE(suite.command("restart", {part}, &output) == 0);
    }
    // Not one that an edge cache knows.
    const std::string film = "/api/movies/" + std::to_string(round + 1) + "?fresh=1";
    const bool well = eventually([&] { return healthy(person, film); }, seconds(20));
    const std::chrono::duration<double> took = Clock::now() - began;
    slowest = std::max(slowest, took.count());
    CAPTURE(round);
    REQUIRE(well);
    CHECK(took <= seconds(20));
  }
  std::cout << "restarts: " << rounds << " in random order, all healthy again after " << slowest
            << " s at most\n";
}
