// Fault 12: what carries a review to its audience's inboxes is killed, part by part, while reviews
// are written.
#include <csignal>
#include <iostream>
#include <thread>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr int kAuthors = 60;
constexpr int kAtOneKill = 12;
constexpr int kWriters = 4;

// Until it is there, whoever dies meanwhile: a second try may meet the review of the first.
bool write_review(const Person& author, std::int64_t film) {
  HttpClient client = client_of(author);
  return eventually(
      [&] {
        const int status =
            client.post("/api/reviews", {{"movie_id", film}, {"rating", 4}, {"comment", "Seen."}})
                .status;
        return status == 201 || status == 409;
      },
      seconds(120));
}

}  // namespace

TEST_CASE("Each review is told of once, whatever is killed between it and the inbox") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  const Person watcher = new_person();
  const std::int64_t film = add_film(watcher);
  REQUIRE(client_of(watcher).post(detail_path(film, "/watch/"), json::object()).status == 201);
  std::vector<Person> authors;
  while (authors.size() < kAuthors) authors.push_back(new_person());

  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> allowed{0};
  std::atomic<int> written{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      for (std::size_t mine = next++; mine < authors.size(); mine = next++) {
        eventually([&] { return mine < allowed; }, seconds(120));
        if (write_review(authors[mine], film)) ++written;
      }
    });
  }
  for (const char* victim : {"movie-service-1", "notification-service-1", "nats", "movie-service-2",
                             "notification-service-2"}) {
    allowed += kAtOneKill;
    CHECK(eventually([&] { return written >= static_cast<int>(allowed) - kAtOneKill / 2; },
                     seconds(60)));
    const int before = written;
    const auto pids = suite.pids();
    REQUIRE(pids.count(victim) == 1);
    kill(pids.at(victim), SIGKILL);
    std::string said;
    CAPTURE(victim, said);
    CHECK(eventually([&] { return suite.up(&said) == 0; }, seconds(60)));
    std::cout << victim << " killed at " << before << " reviews, back at " << written << "\n";
  }
  for (auto& writer : writers) writer.join();
  REQUIRE(written == kAuthors);

  HttpClient client = client_of(watcher);
  auto told = [&] {
    const json list = client.get("/notifications").json()["notifications"];
    int actors = 0;
    for (const auto& one : list) actors += one["actor_count"].get<int>();
    return actors;
  };
  CHECK(eventually([&] { return told() >= kAuthors; }, seconds(60)));
  // Nothing that is told twice may be on its way still.
  std::string events;
  CHECK(suite.command("events", {}, &events) == 0);
  CHECK(told() == kAuthors);
}
