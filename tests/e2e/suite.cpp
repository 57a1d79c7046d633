#include "tests/e2e/suite.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

#include "libs/testing/paths.h"
#include "tests/catch.h"

namespace marquee::e2e {
namespace {

constexpr auto kCommandPatience = std::chrono::seconds(150);
const std::string kProgram = testing::source_dir() + "/deploy/marquee";

// Cleans up after a test that was killed: waits for its end, then resets the data folder.
constexpr char kUndertakerScript[] =
    "tail --pid=\"$1\" -f /dev/null; exec \"$2\" reset --yes --data \"$3\" >/dev/null 2>&1";

Settings shared_settings() {
  return {{"MARQUEE_GATEWAY_RATES", kAmpleRates},
          {"MARQUEE_AUTH_PASSWORD_MEMORY_KIB", "1024"},
          {"MARQUEE_AUTH_PASSWORD_PASSES", "1"},
          {"MARQUEE_NOTIFICATION_MAIL_DELAY", "0s"}};
}

int port_of(const std::string& url) {
  auto colon = url.rfind(':');
  return colon == std::string::npos ? 0 : std::atoi(url.c_str() + colon + 1);
}

}  // namespace

Suite& Suite::shared() {
  static std::unique_ptr<Suite> suite = [] {
    const char* url = std::getenv("MARQUEE_E2E_URL");
    if (url != nullptr && *url != '\0') return std::unique_ptr<Suite>(new Suite(url));
    return std::make_unique<Suite>(
        std::vector<std::string>{"--replicas", "movie=2", "--replicas", "rooms=2", "--replicas",
                                 "notification=2"},
        shared_settings());
  }();
  return *suite;
}

Suite::Suite(const std::string& url) : url_(url), port_(port_of(url)), ours_(false) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
}

Suite::Suite(std::vector<std::string> up_options, Settings settings)
    : port_(testing::free_port()),
      folder_(std::make_unique<testing::TemporaryFolder>()),
      data_(folder_->path() + "/data"),
      up_options_(std::move(up_options)),
      settings_(std::move(settings)) {
  url_ = "http://127.0.0.1:" + std::to_string(port_);
  undertaker_ = std::make_unique<testing::Process>(
      std::vector<std::string>{"setpriv", "--pdeathsig", "clear", "bash", "-c", kUndertakerScript,
                               "undertaker", std::to_string(getpid()), kProgram, data_});
  std::string output;
  if (up(&output) != 0) {
    command("reset", {"--yes"});
    throw std::runtime_error("deploy/marquee up failed:\n" + output);
  }
}

Suite::~Suite() {
  if (!ours_) return;
  std::string output;
  try {
    if (command("down", {}, &output) != 0 || command("reset", {"--yes"}, &output) != 0) {
      std::cerr << "the suite in " << data_ << " did not go away:\n" << output << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
}

int Suite::command(const std::string& name, const std::vector<std::string>& arguments,
                   std::string* output) const {
  std::vector<std::string> line = {kProgram, name, "--data", data_};
  line.insert(line.end(), arguments.begin(), arguments.end());
  testing::Process::Options options;
  options.environment = settings_;
  return testing::run(line, output, options, kCommandPatience);
}

int Suite::up(std::string* output) const {
  std::vector<std::string> arguments = {"--port",      std::to_string(port_),
                                        "--no-build",  "--no-install",
                                        "--build-dir", testing::binary_dir()};
  arguments.insert(arguments.end(), up_options_.begin(), up_options_.end());
  return command("up", arguments, output);
}

std::map<std::string, int> Suite::ports() const {
  std::map<std::string, int> result;
  std::ifstream file(data_ + "/run/ports");
  for (std::string line; std::getline(file, line);) {
    auto equals = line.find('=');
    if (equals != std::string::npos) {
      result[line.substr(0, equals)] = std::atoi(line.c_str() + equals + 1);
    }
  }
  return result;
}

std::map<std::string, pid_t> Suite::pids() const {
  std::map<std::string, pid_t> result;
  for (const auto& entry : std::filesystem::directory_iterator(data_ + "/run")) {
    if (entry.path().extension() != ".pid") continue;
    pid_t pid = 0;
    if (std::ifstream(entry.path()) >> pid) result[entry.path().stem()] = pid;
  }
  return result;
}

bool without_control() {
  if (Suite::shared().ours()) return false;
  WARN("skipped: this test needs control over the suite, and MARQUEE_E2E_URL names another's");
  return true;
}

}  // namespace marquee::e2e
