#include "libs/core/log_rotation.h"

#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace marquee::log {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

void Rotation::written(std::size_t bytes) {
  if (bytes_max_ == 0) return;
  std::unique_lock lock(mutex_);
  written_ += static_cast<std::int64_t>(bytes);
  if (written_ < bytes_max_ / 16) return;
  written_ = 0;
  rotate_if_large();
}

void Rotation::rotate_if_large() {
  struct stat open_now {};
  if (fstat(STDERR_FILENO, &open_now) != 0 || !S_ISREG(open_now.st_mode)) return;
  if ((fcntl(STDERR_FILENO, F_GETFL) & O_APPEND) == 0 || open_now.st_size < bytes_max_) return;
  std::error_code error;
  const std::string path = std::filesystem::read_symlink("/proc/self/fd/2", error).string();
  if (error) return;
  struct stat named {};
  // Gone or replaced: somebody else looks after it.
  if (stat(path.c_str(), &named) != 0 || !same_file(named, open_now)) return;
  std::filesystem::rename(path, path + ".1", error);
  if (error) return;
  const int fresh =
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, open_now.st_mode & 0777);
  if (fresh < 0) return;
  struct stat output {};
  if (fstat(STDOUT_FILENO, &output) == 0 && same_file(output, open_now)) dup2(fresh, STDOUT_FILENO);
  dup2(fresh, STDERR_FILENO);
  close(fresh);
}

}  // namespace marquee::log
