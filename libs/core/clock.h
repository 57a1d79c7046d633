// Time as an argument, so that tests can move it. Deadlines use the monotonic clock, what is stored
// or sent uses the system's.
#pragma once

#include <chrono>

#include "libs/core/deadline.h"

namespace marquee {

using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const { return std::chrono::system_clock::now(); }
};

}  // namespace marquee
