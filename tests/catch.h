// The one include of the test framework, for Catch2 2 and 3 alike. Assertions belong on the test's
// main thread: collect in others, assert here.
#pragma once

#ifdef MARQUEE_CATCH2_V2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
#endif

namespace marquee::testing {
// The name of "close to" differs between the versions.
inline auto approx(double value) {
#ifdef MARQUEE_CATCH2_V2
  return ::Approx(value);
#else
  return ::Catch::Approx(value);
#endif
}
}  // namespace marquee::testing
