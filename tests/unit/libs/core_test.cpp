#include <chrono>
#include <fstream>
#include <future>
#include <limits>
#include <stdlib.h>

#include "libs/core/config.h"
#include "libs/core/error.h"
#include "libs/core/ids.h"
#include "libs/rpc/caller.h"
#include "tests/catch.h"

namespace marquee {
namespace {

// Runs Options with `arguments` after the program's name; the exit code, -1 when it would serve.
struct Parsed {
  std::string listen = "127.0.0.1:1";
  std::string password;
  int workers = 4;
  bool verbose = false;
  std::chrono::milliseconds timeout{5000};
  std::vector<std::string> origins{"a", "b"};
  std::vector<std::string> command_arguments;

  int run(std::vector<std::string> arguments) {
    core::Options options("thing", "MARQUEE_TESTTHING_", "A thing.");
    options.add("listen", listen, "where");
    options.add_secret("password", password, "the password");
    options.add("workers", workers, "how many", 1, 10);
    options.add("verbose", verbose, "talk");
    options.add("timeout", timeout, "how long");
    options.add("origins", origins, "who");
    options.add_command("greet", "Greet", "NAME", 1, 1, [&](const std::vector<std::string>& given) {
      command_arguments = given;
      return 7;
    });
    arguments.insert(arguments.begin(), "thing");
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    return options.parse_and_run(static_cast<int>(argv.size()), argv.data(), [] { return -1; });
  }
};

struct Environment {
  std::string name;
  Environment(std::string key, const std::string& value) : name(std::move(key)) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() { unsetenv(name.c_str()); }
};

TEST_CASE("configuration comes from defaults, environment and flags, in this order") {
  Parsed parsed;
  Environment listen("MARQUEE_TESTTHING_LISTEN", "0.0.0.0:2");
  Environment workers("MARQUEE_TESTTHING_WORKERS", "9");
  Environment timeout("MARQUEE_TESTTHING_TIMEOUT", "10m");
  Environment origins("MARQUEE_TESTTHING_ORIGINS", "http://x, http://y");
  REQUIRE(parsed.run({"--workers", "3", "--verbose", "true"}) == -1);
  CHECK(parsed.listen == "0.0.0.0:2");
  CHECK(parsed.workers == 3);
  CHECK(parsed.verbose);
  CHECK(parsed.timeout == std::chrono::minutes(10));
  CHECK(parsed.origins == std::vector<std::string>{"http://x", "http://y"});
}

TEST_CASE("a secret may come from a file") {
  char path[] = "/tmp/marquee-secret-XXXXXX";
  REQUIRE(mkstemp(path) >= 0);
  std::ofstream(path) << "s3cret\n";
  Environment file("MARQUEE_TESTTHING_PASSWORD_FILE", path);
  Parsed parsed;
  REQUIRE(parsed.run({}) == -1);
  CHECK(parsed.password == "s3cret");
  Environment both("MARQUEE_TESTTHING_PASSWORD", "x");
  CHECK(parsed.run({}) == 2);
  std::remove(path);
}

TEST_CASE("a wrong configuration refuses to start") {
  Parsed parsed;
  SECTION("unknown variable") {
    Environment unknown("MARQUEE_TESTTHING_WORKER", "1");
    CHECK(parsed.run({}) == 2);
  }
  SECTION("unknown flag") {
    CHECK(parsed.run({"--wrokers", "1"}) == 2);
  }
  SECTION("out of range") {
    CHECK(parsed.run({"--workers", "11"}) == 2);
  }
  SECTION("not a number") {
    CHECK(parsed.run({"--workers", "3x"}) == 2);
  }
  SECTION("not a duration") {
    CHECK(parsed.run({"--timeout", "5"}) == 2);
  }
  SECTION("not a bool") {
    CHECK(parsed.run({"--verbose", "yes"}) == 2);
  }
  SECTION("missing file") {
    Environment file("MARQUEE_TESTTHING_PASSWORD_FILE", "/nonexistent");
    CHECK(parsed.run({}) == 2);
  }
}

TEST_CASE("commands get their arguments and give the exit code") {
  Parsed parsed;
  CHECK(parsed.run({"greet", "world", "--workers", "2"}) == 7);
  CHECK(parsed.command_arguments == std::vector<std::string>{"world"});
  CHECK(parsed.workers == 2);
  CHECK(parsed.run({"greet"}) == 2);
}

TEST_CASE("ids have their forms") {
  CHECK(is_uuid(random_uuid()));
  CHECK(random_uuid() != random_uuid());
  CHECK_FALSE(is_uuid("5f0c3ee8-0000-0000-0000-00000000000g"));
  CHECK(random_token(32).size() == 43);
  CHECK(is_request_id(random_request_id()));
  CHECK_FALSE(is_request_id("a b"));
  CHECK_FALSE(is_request_id(std::string(65, 'a')));
  std::string bytes;
  REQUIRE(base64url_decode(base64url_encode(std::string("\0\xff\xfe", 3)), bytes));
  CHECK(bytes == std::string("\0\xff\xfe", 3));
  CHECK_FALSE(base64url_decode("a+b/", bytes));
}

TEST_CASE("violations are thrown together") {
  Violations none;
  REQUIRE_NOTHROW(none.check());
  Violations two;
  two.add("a", "first");
  two.add("b", "second");
  try {
    two.check();
    FAIL("did not throw");
  } catch (const Error& error) {
    CHECK(error.code() == Code::kInvalidArgument);
    CHECK(error.message() == "first");
    REQUIRE(error.fields().size() == 2);
    CHECK(error.fields()[1].name == "b");
  }
}

TEST_CASE("a caller survives its way through metadata") {
  rpc::Caller caller;
  caller.user_id = 17;
  caller.uid = "5f0c3ee8-1111-4222-8333-444455556666";
  caller.session_id = "abc";
  caller.role = rpc::Caller::Role::kAdmin;
  auto back = rpc::decode_caller(rpc::encode_caller(caller));
  REQUIRE(back);
  CHECK(back->user_id == 17);
  CHECK(back->uid == caller.uid);
  CHECK(back->session_id == "abc");
  CHECK(back->admin());
  CHECK_FALSE(rpc::decode_caller("-")->signed_in());
  CHECK(rpc::decode_caller("service")->role == rpc::Caller::Role::kService);
  for (const char* bad :
       {"", "17", "17 user", "x user - -", "0 user - -", "17 root - -", "17 user a"}) {
    CAPTURE(bad);
    CHECK_FALSE(rpc::decode_caller(bad));
  }
}

}  // namespace
}  // namespace marquee
