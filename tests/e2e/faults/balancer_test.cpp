// Fault 13: gateways behind the load balancer of the containers for production are told to end, one
// after the other, as when they are renewed. Needs haproxy.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "libs/testing/paths.h"
#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/e2e/faults/figures.h"
#include "tests/e2e/faults/stack.h"

using namespace marquee::e2e;
namespace testing = marquee::testing;

namespace {

constexpr char kHaproxy[] = "/usr/sbin/haproxy";

void erase_text(std::string& line, const std::string& text) {
  const auto at = line.find(text);
  if (at == std::string::npos) throw std::runtime_error("haproxy.cfg has no \"" + text + "\"");
  line.erase(at, text.size());
}

// deploy/compose/haproxy.cfg, but for these gateways and without containers' names.
std::string balancer_config(Stack& stack, std::size_t gateways, int port) {
  std::ifstream file(testing::source_dir() + "/deploy/compose/haproxy.cfg");
  std::string text;
  bool wanted = true;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != ' ' && line[0] != '#') {
      wanted =
          line.rfind("resolvers", 0) != 0 && line != "frontend http" && line != "backend redirects";
    }
    if (!wanted || line.rfind("  server ", 0) == 0) continue;
    if (line.rfind("  bind ", 0) == 0) line = "  bind 127.0.0.1:" + std::to_string(port);
    if (line.rfind("  default-server ", 0) == 0) {
      erase_text(line, " port 8001");
      erase_text(line, " resolvers containers init-addr libc,none");
    }
    text += line + "\n";
    if (line.rfind("  default-server ", 0) != 0) continue;
    for (std::size_t i = 0; i < gateways; ++i) {
      text += "  server gateway-" + std::to_string(i) + " " + stack.gateway(i).address() +
              " port " + std::to_string(stack.gateway(i).ops_port()) + "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("Gateways that are renewed behind a balancer fail no request, and none is sent twice") {
  if (without_control()) return;
  if (!std::filesystem::exists(kHaproxy)) {
    WARN("haproxy is not installed");
    return;
  }
  const std::size_t gateways = full() ? 9 : 3;
  Stack stack(2, {{"PROXY_PROTOCOL_FROM", "127.0.0.1/32"}, {"SHUTDOWN_DELAY", "3s"}}, {}, gateways);
  testing::TemporaryFolder folder;
  const int port = testing::free_port();
  std::ofstream(folder.path() + "/haproxy.cfg") << balancer_config(stack, gateways, port);
  testing::Process::Options output;
  output.output = folder.path() + "/log";
  testing::Process balancer({kHaproxy, "-db", "-f", folder.path() + "/haproxy.cfg"}, output);

  auto client = testing::HttpClient("http://127.0.0.1:" + std::to_string(port));
  REQUIRE(testing::eventually([&] { return client.get("/healthz").status == 200; }));

  Load::Options options;
  options.ports = {port};
  options.rate = 0;
  Load load(options, [](std::uint64_t number) {
    Ask ask;
    ask.path = "/api/movies/" + std::to_string(number % 250 + 1);
    return ask;
  });
  REQUIRE(load.await_more(1'000));
  for (std::size_t i = 0; i + 1 < gateways; ++i) {
    CAPTURE(i);
    CHECK(metric(stack.gateway(i), "marquee_http_connections") > 0);
    stack.gateway(i).signal(SIGTERM);
    CHECK(stack.gateway(i).wait(seconds(15)) == 0);
    CHECK(load.await_more(1'000));
  }
  const auto outcomes = load.stop();
  tell("renewed behind a balancer", outcomes);

  CHECK(kinds(failed(outcomes)) == std::map<std::string, int>());
  int repeated = 0;
  for (const auto& outcome : outcomes) repeated += outcome.retried ? 1 : 0;
  CHECK(repeated == 0);
}
