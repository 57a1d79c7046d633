// Fault 7: two thousand connections whose headers never come to an end.
#include <iostream>
#include <memory>
#include <vector>

#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/memory.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;
using marquee::testing::Socket;

namespace {

constexpr int kSlow = 2'000;
constexpr seconds kLimit{3};

class Dribble {
 public:
  explicit Dribble(int port) {
    for (int i = 0; i < kSlow; ++i) {
      sockets_.push_back(std::make_unique<Socket>(port));
      sockets_.back()->send("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    }
  }
  // A byte more of each.
  void go_on() {
    for (auto& socket : sockets_) socket->send("x");
  }
  // How many got what they deserve: 408 and the end of the connection.
  int cut_off() {
    int count = 0;
    for (auto& socket : sockets_) {
      const std::string received = socket->receive_until_closed(milliseconds(100));
      count += received.rfind("HTTP/1.1 408 ", 0) == 0 && socket->closed(milliseconds(0)) ? 1 : 0;
    }
    return count;
  }

 private:
  std::vector<std::unique_ptr<Socket>> sockets_;
};

Load::Options usual(const Stack& stack) {
  Load::Options options;
  options.ports = stack.ports();
  options.rate = 300;
  options.connections_max = 32;
  return options;
}

Ask film(std::uint64_t number) {
  Ask ask;
  ask.path = "/api/movies/" + std::to_string(number % 250 + 1);
  return ask;
}

}  // namespace

TEST_CASE("Two thousand connections with slow headers are cut off, and disturb nobody") {
  if (without_control()) return;
  Stack stack(1, {{"CACHE_BYTES", "0"}, {"HEADER_TIMEOUT", std::to_string(kLimit.count()) + "s"}});
  Load before(usual(stack), film);
  let_run(lasting(seconds(2), seconds(20)));
  const auto normal = before.stop();

  Dribble dribble(stack.gateway().port());
  const auto all_there = Clock::now();
  Load load(usual(stack), film);
  // The last one's limit, and what the gateway's clock may be behind.
  while (Clock::now() < all_there + kLimit + seconds(1)) {
    dribble.go_on();
    let_run(milliseconds(500));
  }
  const bool gone = marquee::testing::eventually(
      [&] { return open_descriptors(stack.gateway().pid()) < 500; }, seconds(3));
  const auto meanwhile = load.stop();

  tell("slow headers, before", normal);
  tell("slow headers, meanwhile", meanwhile);
  CHECK(gone);
  CHECK(dribble.cut_off() == kSlow);
  CHECK(kinds(failed(meanwhile)) == std::map<std::string, int>());
  if (full()) CHECK(percentile_ms(meanwhile, 0.99) <= 1.2 * percentile_ms(normal, 0.99));
}
