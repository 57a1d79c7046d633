// Keeps a log that a process appends to as its standard error within bounds: when the file has
// grown over a limit it becomes FILE.1 (the one before is deleted), and standard error, and
// standard output if it goes there too, go on in a new FILE. What is not a file (a terminal, a
// pipe, a container's log) is left alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace marquee::log {

// Any thread. What another thread writes meanwhile goes to one of the two files, whole.
class Rotation {
 public:
  // `bytes_max` zero: never.
  explicit Rotation(std::int64_t bytes_max) : bytes_max_(bytes_max) {}

  // After writing `bytes`. Looks at the file once for each sixteenth of the limit.
  void written(std::size_t bytes);

 private:
  void rotate_if_large();

  std::mutex mutex_;
  const std::int64_t bytes_max_;
  std::int64_t written_ = 0;  // since the last look
};

}  // namespace marquee::log
