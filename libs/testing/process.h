// A child process of a test: started with its own arguments and environment, ended with the test
// (also when the test is killed), output kept in a file.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace marquee::testing {

class Process {
 public:
  struct Options {
    std::map<std::string, std::string> environment;  // added to ours
    std::string output;                              // file for stdout and stderr; empty: /dev/null
    std::string user;                                // run as this user when we are root
  };

  // Throws std::runtime_error when it cannot be started. `arguments[0]` is looked up in PATH.
  Process(const std::vector<std::string>& arguments, const Options& options);
  explicit Process(const std::vector<std::string>& arguments) : Process(arguments, Options()) {}
  // SIGTERM, then SIGKILL after 10 s.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Waits for the end; the exit code, 128 + signal, or -1 on time-out.
  int wait(std::chrono::milliseconds patience);
  bool running();

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
  bool ended_ = false;
};

// Runs to the end and returns the exit code; `output` gets stdout and stderr. Throws on time-out.
int run(const std::vector<std::string>& arguments, std::string* output = nullptr,
        const Process::Options& options = {},
        std::chrono::milliseconds patience = std::chrono::seconds(60));

// A folder under the system's temporary one, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A TCP port of 127.0.0.1 that was free a moment ago.
int free_port();

// Polls `condition` until it holds; false at the deadline.
template <typename Condition>
bool eventually(Condition&& condition,
                std::chrono::milliseconds patience = std::chrono::seconds(10));

void pause_between_polls();

template <typename Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds patience) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    pause_between_polls();
  }
  return true;
}

}  // namespace marquee::testing
