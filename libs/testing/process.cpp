#include "libs/testing/process.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace marquee::testing {
namespace {

std::vector<std::string> full_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) all.push_back(std::move(text));
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Options& options) {
  std::vector<std::string> command = {"setpriv", "--pdeathsig", "KILL"};
  if (!options.user.empty() && geteuid() == 0) {
    command.insert(command.end(),
                   {"--reuid", options.user, "--regid", options.user, "--init-groups"});
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = full_environment(options.environment);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  const std::string output = options.output.empty() ? "/dev/null" : options.output;
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  int error = posix_spawnp(&pid_, "setpriv", &actions, &attributes, pointers(command).data(),
                           pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw std::runtime_error("cannot start " + arguments[0] + ": " + strerror(error));
}

Process::~Process() {
  if (running()) {
    signal(SIGTERM);
    if (wait(std::chrono::seconds(10)) == -1 && !ended_) {
      signal(SIGKILL);
      wait(std::chrono::seconds(10));
    }
  }
}

void Process::signal(int number) const {
  if (!ended_) kill(pid_, number);
}

int Process::wait(std::chrono::milliseconds patience) {
  eventually([this] { return !running(); }, patience);
  return ended_ ? exit_code_ : -1;
}

bool Process::running() {
  if (ended_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  ended_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

int run(const std::vector<std::string>& arguments, std::string* output,
        const Process::Options& options, std::chrono::milliseconds patience) {
  TemporaryFolder folder;
  Process::Options with_output = options;
  with_output.output = folder.path() + "/output";
  Process process(arguments, with_output);
  int code = process.wait(patience);
  if (output != nullptr) {
    std::ifstream file(with_output.output);
    std::ostringstream text;
    text << file.rdbuf();
    *output = text.str();
  }
  if (process.running()) throw std::runtime_error(arguments[0] + " did not end in time");
  return code;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/marquee-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int free_port() {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

void pause_between_polls() {
  poll(nullptr, 0, 5);
}

}  // namespace marquee::testing
