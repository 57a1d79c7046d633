// Fault 5: the bus is away, so that one gateway does not hear of what was written through another.
#include <csignal>
#include <iostream>

#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/stack.h"
#include "tests/e2e/films.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

// The longest ttl of an answer that reviews are in (proto/marquee/movie/v1/opinions.proto).
constexpr seconds kTtl{60};

std::string text_of(HttpClient client, std::int64_t review) {
  auto reply = client.get("/api/reviews/" + std::to_string(review));
  return reply.status == 200 ? reply.json().value("comment", "")
                             : "status " + std::to_string(reply.status);
}

}  // namespace

TEST_CASE("Without the bus answers are at most as old as they may be; with it again they are new") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  Stack stack(1, {}, {}, 2);
  const Person person = new_person();
  auto made = client_of(person).post(movie_path(add_film(person), "/reviews"),
                                     {{"rating", 4}, {"comment", "before"}});
  REQUIRE(made.status == 201);
  const std::int64_t review = made.json()["id"];
  auto writer = stack.gateway(0).client();
  writer.bearer(person.token);
  auto write = [&](const std::string& text) {
    auto reply =
        writer.put("/api/reviews/" + std::to_string(review), {{"rating", 4}, {"comment", text}});
    return reply.status == 200;
  };
  REQUIRE(text_of(stack.gateway(1).client(), review) == "before");

  REQUIRE(kill(suite.pids()["nats"], SIGTERM) == 0);
  REQUIRE(
      eventually([&] { return !marquee::testing::Socket::can_connect(suite.ports()["nats"]); }));
  REQUIRE(write("meanwhile"));
  const auto written = Clock::now();
  if (full()) {
    CHECK(eventually([&] { return text_of(stack.gateway(1).client(), review) == "meanwhile"; },
                     kTtl + seconds(2)));
    std::cout << "bus down: stale for "
              << std::chrono::duration<double>(Clock::now() - written).count() << " s\n";
    REQUIRE(write("later"));
  }
  // What the other gateway may still hold when the bus returns.
  text_of(stack.gateway(1).client(), review);
  const std::string last = full() ? "later" : "meanwhile";

  std::string output;
  REQUIRE(suite.command("restart", {"nats"}, &output) == 0);
  const auto healed = Clock::now();
  CHECK(eventually([&] { return text_of(stack.gateway(1).client(), review) == last; }, seconds(5)));
  std::cout << "bus: caught up " << std::chrono::duration<double>(Clock::now() - healed).count()
            << " s after it came back\n";
  REQUIRE(write("after"));
  CHECK(eventually([&] { return text_of(stack.gateway(1).client(), review) == "after"; },
                   seconds(5)));
}
