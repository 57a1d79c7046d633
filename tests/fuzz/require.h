// A property that a fuzz target claims: broken, the process aborts and the input is kept.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace marquee::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace marquee::fuzz
