// The program itself, as `deploy/marquee` and containers run it.
#include <csignal>
#include <fstream>

#include "libs/testing/nats.h"
#include "libs/testing/paths.h"
#include "libs/testing/postgres.h"
#include "tests/catch.h"

using namespace marquee::testing;

namespace {

const std::string kProgram = marquee::testing::binary_dir() + "/bin/auth-service";

Process::Options options_for(const std::string& database_url, int port) {
  Process::Options options;
  options.environment = {{"MARQUEE_AUTH_LISTEN", "127.0.0.1:" + std::to_string(port)},
                         {"MARQUEE_AUTH_DATABASE_URL", database_url},
                         {"MARQUEE_AUTH_NATS_URL", Nats::shared().url()},
                         {"MARQUEE_AUTH_KEY_SECRET", "a secret of the tests alone"}};
  return options;
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("The program serves, says so, and ends when asked to") {
  TemporaryFolder folder;
  auto options = options_for(Postgres::shared().create_database("auth"), free_port());
  std::string output;
  CHECK(run({kProgram, "health"}, &output, options) == 1);

  options.output = folder.path() + "/log";
  Process service({kProgram}, options);
  REQUIRE(eventually(
      [&] {
        return run({kProgram, "health"}, &output, options) == 0;
      },
      std::chrono::seconds(30)));
  service.signal(SIGTERM);
  CHECK(service.wait(std::chrono::seconds(10)) == 0);
  CHECK(content(options.output).find("stopped") != std::string::npos);
}

TEST_CASE("The program refuses what it cannot run with") {
  auto options = options_for(Postgres::shared().create_database("auth"), free_port());
  std::string output;
  options.environment["MARQUEE_AUTH_KEY_SECRET"] = "short";
  CHECK(run({kProgram}, &output, options) != 0);
  CHECK(output.find("key-secret") != std::string::npos);
  CHECK(output.find("\"short\"") == std::string::npos);

  options = options_for("", free_port());
  options.environment["MARQUEE_AUTH_PASSWORD_PASSES"] = "many";
  CHECK(run({kProgram}, &output, options) == 2);
  CHECK(output.find("MARQUEE_AUTH_PASSWORD_PASSES") != std::string::npos);
}

TEST_CASE("grant-admin says when there is no such user") {
  auto options = options_for(Postgres::shared().create_database("auth"), free_port());
  std::string output;
  CHECK(run({kProgram, "grant-admin", "nobody"}, &output, options) == 1);
  CHECK(output.find("there is no user \"nobody\"") != std::string::npos);
  CHECK(run({kProgram, "grant-admin"}, &output, options) != 0);
}
