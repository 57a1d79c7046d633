#include "libs/core/log_rotation.h"

#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

#include "tests/catch.h"

using marquee::log::Rotation;

namespace {

// A folder, and standard error as a file in it for as long as this lives.
class ErrorFile {
 public:
  ErrorFile() : kept_(dup(STDERR_FILENO)) {
    std::string made = "/tmp/marquee-log-XXXXXX";
    REQUIRE(mkdtemp(made.data()) != nullptr);
    folder_ = made;
    const int fd = open(path().c_str(), O_WRONLY | O_APPEND | O_CREAT, 0640);
    REQUIRE(fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
  }
  ~ErrorFile() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    for (const char* end : {"", ".1", ".2"}) unlink((path() + end).c_str());
    rmdir(folder_.c_str());
  }
  ErrorFile(const ErrorFile&) = delete;
  ErrorFile& operator=(const ErrorFile&) = delete;

  std::string path() const { return folder_ + "/service.log"; }

 private:
  const int kept_;
  std::string folder_;
};

void write_line(Rotation& rotation, int number) {
  const std::string line = "line " + std::to_string(number) + std::string(90, '.') + "\n";
  REQUIRE(write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  rotation.written(line.size());
}

std::string content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The number of its first line; -1 of none.
int first(const std::string& text) {
  return text.rfind("line ", 0) == 0 ? std::stoi(text.substr(5)) : -1;
}

}  // namespace

TEST_CASE("A log stays within its bounds, and its last lines are there") {
  std::string newest;
  std::string before;
  bool third = true;
  {
    ErrorFile file;
    Rotation rotation(16'000);
    for (int i = 0; i < 1'000; ++i) write_line(rotation, i);
    newest = content(file.path());
    before = content(file.path() + ".1");
    third = access((file.path() + ".2").c_str(), F_OK) == 0;
  }
  CHECK(newest.size() <= 17'100);
  CHECK(before.size() >= 16'000);
  CHECK(before.size() <= 17'100);
  CHECK_FALSE(third);
  // Nothing between the two is lost.
  const int begins = first(newest);
  REQUIRE(begins > 0);
  CHECK(before.find("line " + std::to_string(begins - 1) + ".") != std::string::npos);
  CHECK(newest.find("line 999.") != std::string::npos);
}

TEST_CASE("A log without bounds, or one that somebody else rotates, is left alone") {
  std::string unbounded;
  bool touched = true;
  {
    ErrorFile file;
    Rotation never(0);
    for (int i = 0; i < 100; ++i) write_line(never, i);
    unbounded = content(file.path());
    REQUIRE(rename(file.path().c_str(), (file.path() + ".1").c_str()) == 0);
    Rotation rotation(1'600);
    for (int i = 0; i < 100; ++i) write_line(rotation, i);
    touched = access(file.path().c_str(), F_OK) == 0;
  }
  CHECK(unbounded.size() > 9'000);
  CHECK_FALSE(touched);
}
