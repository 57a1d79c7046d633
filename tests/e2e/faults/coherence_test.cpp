// Fault 9: many write about one film, very many read it. Each writer changes a review of its own,
// whose text is a number that grows: so each answer says which writes it knows of.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/stack.h"
#include "tests/e2e/films.h"

using namespace marquee::e2e;

namespace {

constexpr std::size_t kWriters = 50;
constexpr int kReaders = 500;
// How long an answer may not know of a write: the bus's way to all gateways, on a busy machine.
constexpr milliseconds kBound{500};

struct Reviewer {
  Person person;
  std::int64_t review = 0;
};

class Film {
 public:
  Film() {
    for (std::size_t i = 0; i < kWriters; ++i) reviewers_.push_back({new_person(), 0});
    id_ = add_film(reviewers_[0].person);
    for (auto& reviewer : reviewers_) {
      auto reply = client_of(reviewer.person)
                       .post(movie_path(id_, "/reviews"), {{"rating", 4}, {"comment", "0"}});
      REQUIRE(reply.status == 201);
      reviewer.review = reply.json()["id"];
    }
  }

  // The write of that number: each writer's turn comes round.
  Ask write(std::uint64_t number) const {
    const auto& reviewer = reviewers_[number % kWriters];
    Ask ask;
    ask.method = "PUT";
    ask.path = "/api/reviews/" + std::to_string(reviewer.review);
    ask.token = reviewer.person.token;
    ask.tag = static_cast<std::int64_t>(number);
    ask.body = json{{"rating", 4}, {"comment", std::to_string(number / kWriters + 1)}}.dump();
    return ask;
  }
  Ask read(std::uint64_t) const {
    Ask ask;
    ask.path = movie_path(id_, "/reviews?limit=100");
    ask.keep_body = true;
    return ask;
  }
  // By writer, the number in the text of its review.
  std::vector<std::int64_t> versions(const std::string& body) const {
    std::vector<std::int64_t> versions(kWriters, -1);
    auto reviews = json::parse(body, nullptr, false);
    if (reviews.is_object()) reviews = reviews.value("reviews", json::array());
    for (const auto& review : reviews) {
      for (std::size_t i = 0; i < kWriters; ++i) {
        if (review["id"] == reviewers_[i].review) {
          versions[i] = std::atoll(review["comment"].get<std::string>().c_str());
        }
      }
    }
    return versions;
  }

 private:
  std::vector<Reviewer> reviewers_;
  std::int64_t id_ = 0;
};

// By writer and time, the version that was acknowledged.
class Acknowledged {
 public:
  explicit Acknowledged(const Outcomes& writes) : by_writer_(kWriters) {
    for (const auto& write : writes) {
      if (!write.good()) continue;
      const auto number = static_cast<std::size_t>(write.tag);
      by_writer_[number % kWriters].push_back(
          {write.ended, static_cast<std::int64_t>(number / kWriters + 1)});
    }
  }
  // How long ago the first version that `seen` lacks had been acknowledged.
  double age_ms(std::size_t writer, std::int64_t seen, Clock::time_point at) const {
    double age = 0;
    for (const auto& [time, number] : by_writer_[writer]) {
      if (number <= seen || time > at) continue;
      age = std::max(age, std::chrono::duration<double, std::milli>(at - time).count());
    }
    return age;
  }

 private:
  struct Entry {
    Clock::time_point at;
    std::int64_t version;
  };
  std::vector<std::vector<Entry>> by_writer_;
};

double asked_of(Stack& stack) {
  double sum = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    sum += metric(stack.movie(i), "marquee_rpc_requests_total", "ListMovieReviews");
  }
  return sum;
}

}  // namespace

TEST_CASE("What is read is never older than the last acknowledged write and the bound") {
  if (without_control()) return;
  Stack stack(2, {}, {}, 2);
  Film film;
  const double asked_before = asked_of(stack);
  Load::Options writing;
  writing.ports = stack.ports();
  writing.rate = 20;
  Load writes(writing, [&](std::uint64_t number) { return film.write(number); });
  Load::Options reading;
  reading.ports = stack.ports();
  reading.rate = 500;
  reading.connections_max = kReaders;
  reading.spread = true;
  Load reads(reading, [&](std::uint64_t number) { return film.read(number); });
  let_run(lasting(seconds(5), seconds(60)));
  const auto read = reads.stop();
  const auto written = writes.stop();
  tell("one film, writes", written);
  tell("one film, reads", read);

  const Acknowledged acknowledged(written);
  double oldest = 0;
  for (const auto& answer : good(read)) {
    const auto versions = film.versions(answer.body);
    for (std::size_t i = 0; i < kWriters; ++i) {
      oldest = std::max(oldest, acknowledged.age_ms(i, versions[i], answer.sent));
    }
  }
  const double asked = asked_of(stack) - asked_before;
  const auto writes_done = static_cast<double>(good(written).size());
  std::cout << "one film: an answer lacked a write acknowledged " << oldest
            << " ms before it was asked for, at most; " << asked
            << " calls of the service by 2 gateways for " << writes_done << " writes\n";
  CHECK(kinds(failed(read)) == std::map<std::string, int>());
  CHECK(kinds(failed(written)) == std::map<std::string, int>());
  CHECK(oldest <= static_cast<double>(kBound.count()));
  // Each gateway asks once in the beginning and once after each invalidation. Both hear of each
  // write by the bus, and the one through which it went has dropped what it had before that.
  CHECK(asked <= 3 * writes_done + 2);
}
