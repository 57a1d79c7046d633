// Time as an argument, so that tests can move it. Deadlines use the monotonic clock, what is stored
// or sent uses the system's.
#pragma once

#include <chrono>

namespace marquee {

using Deadline = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const { return std::chrono::system_clock::now(); }
};

// Time left, never negative.
inline std::chrono::milliseconds time_left(Deadline deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  return left.count() > 0 ? left : std::chrono::milliseconds(0);
}

}  // namespace marquee
