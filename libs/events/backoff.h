// How long to wait after so many failures in a row: doubled each time, up to a bound.
#pragma once

#include <algorithm>
#include <chrono>

namespace marquee::events {

inline std::chrono::milliseconds backoff(std::chrono::milliseconds first,
                                         std::chrono::milliseconds most, int failures) {
  constexpr int kDoublingsMax = 20;
  const int doublings = std::clamp(failures - 1, 0, kDoublingsMax);
  return std::min(most, first * (1 << doublings));
}

}  // namespace marquee::events
